import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import type { TagSpecification } from "../tags.ts";
import { invalidValue } from "../refuse-ec2.ts";
import { isRegionName } from "../regions.ts";

export interface CopyInput {
  SourceRegion?: string;
  SourceSnapshotId: string;
  Description?: string;
  DestinationOutpostArn?: string;
  DestinationRegion?: string;
  Encrypted?: boolean;
  KmsKeyId?: string;
  PresignedUrl?: string;
  TagSpecifications?: TagSpecification[];
  CompletionDurationMinutes?: number;
  DestinationAvailabilityZone?: string;
  DryRun?: boolean;
}

const minutes = { least: 15, most: 2880, step: 15 };

/** What CopySnapshot refuses before anybody is asked (flows.md, section 1.1, "Other CopySnapshot errors"). */
export function checkCopyRequest(input: CopyInput, call: Call): string {
  const {
    SourceRegion,
    SourceSnapshotId,
    DestinationRegion,
    PresignedUrl,
    CompletionDurationMinutes: duration,
  } = input;
  // AWS has no better answer to a copy from nowhere.
  if (SourceRegion === undefined || SourceRegion === "")
    return refuse("InternalFailure", "An internal error has occurred", 500);
  if (!isRegionName(SourceRegion)) refuse("InvalidRegion", `${SourceRegion.slice(0, 64)} is not a valid region name.`);
  if (!/^snap-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(SourceSnapshotId))
    invalidValue("The specified snapshotId is invalid");
  if (DestinationRegion !== undefined && DestinationRegion !== call.region)
    invalidValue(
      `DestinationRegion '${DestinationRegion.slice(0, 64)}' does not match the current region (${call.region})`,
    );
  if (PresignedUrl !== undefined && PresignedUrl !== "") checkPresigned(PresignedUrl, SourceSnapshotId, call);
  if (duration !== undefined) checkDuration(duration, "completionDurationMinutes");
  if (input.DestinationOutpostArn !== undefined || input.DestinationAvailabilityZone !== undefined)
    refuse("UnsupportedOperation", "Snapshots are copied to Regions only.");
  return SourceRegion;
}

/** How long a copy may take, in minutes. Throws InvalidParameterValue. */
export function checkDuration(duration: number, parameter: string): void {
  if (!isDuration(duration))
    invalidValue(
      `Value (${duration}) for parameter ${parameter} is invalid. It must be between ${minutes.least} and ${minutes.most}, in increments of ${minutes.step}.`,
    );
}

const isDuration = (value: number): boolean =>
  value >= minutes.least && value <= minutes.most && value % minutes.step === 0;

/** Its signature is AWS's own affair and not looked at; what it says must be what the request says. */
function checkPresigned(text: string, snapshotId: string, call: Call): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    return invalidValue("The protocol in PresignedUrl should be http or https");
  const named = url.searchParams.get("SourceSnapshotId") ?? "";
  if (named !== snapshotId)
    invalidValue(
      `The source snapshot specified in PresignedUrl '${named.slice(0, 64)}' does not match the source snapshot in the request: '${snapshotId}'`,
    );
  const destination = url.searchParams.get("DestinationRegion") ?? "";
  if (destination !== call.region)
    invalidValue(`The destination region specified in PresignedUrl: '${destination.slice(0, 64)}' is incorrect`);
}
