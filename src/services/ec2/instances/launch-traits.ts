import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import { reference } from "../../../store/store.ts";
import { regionScope } from "../../../volumes/entities.ts";
import { newId } from "../../../volumes/ids.ts";
import type { Image } from "../../../volumes/image.ts";
import type { MetadataOptions } from "../../../volumes/instance.ts";
import { defaultInstanceType, type InstanceType, instanceTypes } from "../instance-types.ts";
import { invalidValue } from "../refuse-ec2.ts";
import type { LaunchInput } from "./launch-input.ts";
import type { LaunchPlace } from "./launch-place.ts";
import type { InstanceTraits } from "./new-instance.ts";

export const instancesMost = 100;
const userDataMost = 16_384;

/** Throws InvalidParameterValue, InstanceLimitExceeded. */
export function checkCounts({ MinCount, MaxCount }: LaunchInput, call: Call): void {
  for (const [name, value] of Object.entries({ minCount: MinCount, maxCount: MaxCount }))
    if (!Number.isInteger(value) || value < 1)
      invalidValue(`Value (${value}) for parameter ${name} is invalid. Expecting a value greater than or equal to 1.`);
  if (MinCount > MaxCount)
    invalidValue(`Value (${MinCount}) for parameter minCount is invalid. It must not be greater than maxCount.`);
  const scope = regionScope({ account: call.caller.facts.account, region: call.region });
  call.used.push(reference.byScope("instance", scope));
  if (call.entities.countByScope("instance", scope) + MinCount > instancesMost)
    refuse(
      "InstanceLimitExceeded",
      `You have requested more instances (${MinCount}) than your current instance limit of ${instancesMost} allows for the specified instance type.`,
    );
}

/** How many instances are launched: as many as may be. */
export function countOf({ MaxCount }: LaunchInput, { caller, region, entities }: Call): number {
  const there = entities.countByScope("instance", regionScope({ account: caller.facts.account, region }));
  return Math.min(MaxCount, instancesMost - there);
}

/** Nothing here stands behind these: what is asked for with them would not be what was launched. */
export function refuseUnknown({
  KeyName,
  IamInstanceProfile,
  LaunchTemplate,
  InstanceMarketOptions,
}: LaunchInput): void {
  if (KeyName !== undefined)
    refuse("InvalidKeyPair.NotFound", `The key pair '${KeyName.slice(0, 255)}' does not exist`);
  if (IamInstanceProfile) {
    const name = (IamInstanceProfile.Arn ?? IamInstanceProfile.Name ?? "").slice(0, 255);
    const parameter = IamInstanceProfile.Arn === undefined ? "name" : "arn";
    invalidValue(
      `Value (${name}) for parameter iamInstanceProfile.${parameter} is invalid. Invalid IAM Instance Profile ${parameter}`,
    );
  }
  if (LaunchTemplate)
    refuse("InvalidLaunchTemplateId.NotFound", "The specified launch template, with this name or ID, does not exist.");
  if (InstanceMarketOptions) refuse("UnsupportedOperation", "Instances are launched on demand only.");
}

export function checkedUserData({ UserData }: LaunchInput): string | undefined {
  if (UserData === undefined || UserData === "") return undefined;
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(UserData)) invalidValue("Invalid BASE64 encoding of user data.");
  if (Buffer.from(UserData, "base64").length > userDataMost)
    invalidValue(`User data is limited to ${userDataMost} bytes`);
  return UserData;
}

export function typeFor({ InstanceType: name = defaultInstanceType }: LaunchInput, image: Image): InstanceType {
  const type = instanceTypes.get(name) ?? invalidValue(`Invalid value '${name.slice(0, 64)}' for InstanceType.`);
  const fits =
    type.architecture === image.architecture || (type.architecture === "x86_64" && image.architecture === "i386");
  if (!fits)
    invalidValue(
      `The architecture '${type.architecture}' of the specified instance type does not match the architecture '${image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.`,
    );
  return type;
}

const metadata: MetadataOptions = {
  HttpTokens: "optional",
  HttpPutResponseHopLimit: 1,
  HttpEndpoint: "disabled",
  HttpProtocolIpv6: "disabled",
  InstanceMetadataTags: "disabled",
};

export function traitsOf(input: LaunchInput, image: Image, { subnet }: LaunchPlace): InstanceTraits {
  const type = typeFor(input, image);
  const { DisableApiTermination = false, DisableApiStop = false, EbsOptimized = false, ClientToken } = input;
  const { InstanceInitiatedShutdownBehavior: shutdown = "stop", CreditSpecification } = input;
  if (shutdown !== "stop" && shutdown !== "terminate")
    return invalidValue(`Invalid value '${shutdown.slice(0, 64)}' for InstanceInitiatedShutdownBehavior.`);
  const credits = CreditSpecification?.CpuCredits ?? (type.name.startsWith("t2.") ? "standard" : "unlimited");
  if (credits !== "standard" && credits !== "unlimited")
    return invalidValue(`Invalid value '${credits.slice(0, 64)}' for CpuCredits.`);
  return {
    reservationId: newId("r"),
    imageId: image.imageId,
    type: type.name,
    architecture: image.architecture,
    virtualization: image.virtualization,
    zone: subnet.zone.name,
    subnetId: subnet.subnetId,
    rootDevice: image.rootDevice,
    disableApiTermination: DisableApiTermination,
    disableApiStop: DisableApiStop,
    shutdownBehavior: shutdown,
    sourceDestCheck: true,
    ebsOptimized: EbsOptimized,
    monitored: input.Monitoring?.Enabled ?? false,
    metadata: { ...metadata, ...input.MetadataOptions },
    ...(image.bootMode !== undefined && { bootMode: image.bootMode }),
    ...(ClientToken !== undefined && { clientToken: ClientToken }),
    ...(type.burstable && { credits }),
  };
}
