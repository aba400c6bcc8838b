import { regionalArn } from "../../../arn.ts";
import type { Tag } from "../../../identity/entities.ts";
import type { Ask, Call } from "../../../operation.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import type { Image } from "../../../volumes/image.ts";
import { askNew, askResource } from "../ask-ec2.ts";
import type { FoundResource } from "../find-resource.ts";
import { instanceKind, volumeKind } from "../resource-kinds.ts";
import { defaultInstanceType } from "../instance-types.ts";
import type { LaunchDevice } from "./launch-devices.ts";
import type { LaunchInput } from "./launch-input.ts";
import type { LaunchPlace } from "./launch-place.ts";

export interface AskedLaunch {
  readonly image: FoundResource<Image>;
  /** Snapshots that the request itself names. */
  readonly snapshots: readonly FoundResource<Snapshot>[];
  readonly place: LaunchPlace;
  readonly devices: readonly LaunchDevice[];
  readonly tags: { readonly instance: readonly Tag[]; readonly volume: readonly Tag[] };
}

const action = "RunInstances";

/** ec2:RunInstances on everything that a launch takes or makes; ec2:CreateTags on what it tags. */
export function askLaunch(input: LaunchInput, asked: AskedLaunch, call: Call): Ask[] {
  const { account } = call.caller.facts;
  const { image, snapshots, place, devices, tags } = asked;
  const { InstanceType = defaultInstanceType, EbsOptimized = false } = input;
  const zone = ["ec2:availabilityzone", place.subnet.zone.name] as const;
  const volumes = devices.length === 0 ? [{ keyId: undefined, shape: undefined, snapshot: undefined }] : devices;
  return [
    askResource(action, image, call),
    ...snapshots.map((snapshot) => askResource(action, snapshot, call)),
    ...askNew(action, instanceKind, tags.instance, call, [
      zone,
      ["ec2:instancetype", InstanceType],
      ["ec2:ebsoptimized", String(EbsOptimized)],
      ["ec2:rootdevicetype", "ebs"],
      ["ec2:tenancy", "default"],
    ]),
    ...volumes.flatMap(({ keyId, shape, snapshot }) =>
      askNew(action, volumeKind, tags.volume, call, [
        zone,
        ["ec2:encrypted", String(keyId !== undefined)],
        ...(shape === undefined
          ? []
          : ([
              ["ec2:volumetype", shape.type],
              ["ec2:volumesize", String(shape.sizeGiB)],
            ] as const)),
        ...(keyId === undefined ? [] : [["ec2:kmskeyid", keyId] as const]),
        ...(snapshot ? [["ec2:parentsnapshot", `arn:aws:ec2:${call.region}::snapshot/${snapshot.id}`] as const] : []),
      ]),
    ),
    onNetwork(place.subnet.arn, zone, call),
    onNetwork(regionalArn("ec2", call.region, account, `security-group/${place.groupId}`), undefined, call),
    onNetwork(regionalArn("ec2", call.region, account, "network-interface/*"), zone, call),
  ];
}

/** What stands in every account's Region without having been made. */
function onNetwork(resource: string, zone: readonly [string, string] | undefined, call: Call): Ask {
  const values = [["ec2:region", call.region] as const, ...(zone ? [zone] : [])];
  const resourceAccount = call.caller.facts.account;
  return { action: `ec2:${action}`, resource, resourceAccount, trust: "identity", context: new Map(values) };
}
