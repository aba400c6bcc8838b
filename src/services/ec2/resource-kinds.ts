import { regionalArn } from "../../arn.ts";
import { AwsError, refuse } from "../../errors.ts";
import type { Tag } from "../../identity/entities.ts";
import type { Snapshot, Volume } from "../../volumes/entities.ts";
import type { Image } from "../../volumes/image.ts";
import type { LaunchedInstance } from "../../volumes/instance.ts";

/** Condition keys, in lower case, and their values. */
export type Values = readonly (readonly [string, string | readonly string[]])[];

/** What every resource's row says of it. Its id is `region/resource id`, its scope `account/region`. */
export interface Resource {
  account: string;
  region: string;
  tags: Tag[];
}

/** A kind of resource: how it is named, found and told apart. */
export interface ResourceKind<T extends Resource = Resource> {
  /** Of its rows, of its tags, and in its ARN. */
  readonly name: "image" | "instance" | "snapshot" | "volume";
  /** `snap-` */
  readonly prefix: string;
  /** Whether its ARN names the account. */
  readonly owned: boolean;
  readonly malformed: string;
  readonly notFound: string;
  /** The sentence about ids that stand for nothing. */
  readonly missing: (ids: readonly string[]) => string;
  /** `ec2:` condition keys that such a resource has, besides its tags. */
  readonly conditions: (resource: T) => Values;
}

const quoted = (ids: readonly string[]): string => ids.map((id) => `'${id}'`).join(", ");

export const snapshotKind: ResourceKind<Snapshot> = {
  name: "snapshot",
  prefix: "snap-",
  owned: false,
  malformed: "InvalidSnapshotID.Malformed",
  notFound: "InvalidSnapshot.NotFound",
  missing: (ids) => `The snapshot ${quoted(ids)} does not exist.`,
  conditions: ({ account, volumeId, sizeGiB, encrypted, createdAt, snapshotId }) => [
    ["ec2:owner", account],
    ["ec2:parentvolume", volumeId],
    ["ec2:volumesize", String(sizeGiB)],
    ["ec2:encrypted", String(encrypted)],
    ["ec2:snapshottime", new Date(createdAt).toISOString()],
    ["ec2:snapshotid", snapshotId],
  ],
};

export const volumeKind: ResourceKind<Volume> = {
  name: "volume",
  prefix: "vol-",
  owned: true,
  malformed: "InvalidVolumeID.Malformed",
  notFound: "InvalidVolume.NotFound",
  missing: (ids) => `The volume ${quoted(ids)} does not exist.`,
  conditions: ({ region, zone, type, iops, throughput, sizeGiB, encrypted, snapshotId, volumeId }) => [
    ["ec2:availabilityzone", zone],
    ["ec2:volumetype", type],
    ["ec2:volumesize", String(sizeGiB)],
    ["ec2:encrypted", String(encrypted)],
    ["ec2:volumeid", volumeId],
    ...(iops === undefined ? [] : [["ec2:volumeiops", String(iops)] as const]),
    ...(throughput === undefined ? [] : [["ec2:volumethroughput", String(throughput)] as const]),
    ...(snapshotId === undefined
      ? []
      : [["ec2:parentsnapshot", regionalArn("ec2", region, "", `snapshot/${snapshotId}`)] as const]),
  ],
};

export const imageKind: ResourceKind<Image> = {
  name: "image",
  prefix: "ami-",
  owned: false,
  malformed: "InvalidAMIID.Malformed",
  notFound: "InvalidAMIID.NotFound",
  missing: (ids) =>
    ids.length === 1 ? `The image id '[${ids[0]}]' does not exist` : `The image ids '[${ids.join(", ")}]' do not exist`,
  conditions: (image) => [
    ["ec2:owner", image.account],
    ["ec2:imagetype", "machine"],
    ["ec2:rootdevicetype", "ebs"],
    ["ec2:public", String(image.launchers.includes("all"))],
  ],
};

export const instanceKind: ResourceKind<LaunchedInstance> = {
  name: "instance",
  prefix: "i-",
  owned: true,
  malformed: "InvalidInstanceID.Malformed",
  notFound: "InvalidInstanceID.NotFound",
  missing: (ids) =>
    ids.length === 1
      ? `The instance ID '${ids[0]}' does not exist`
      : `The instance IDs '${ids.join(", ")}' do not exist`,
  conditions: ({ instanceId, zone, type, ebsOptimized }) => [
    ["ec2:instanceid", instanceId],
    ["ec2:availabilityzone", zone],
    ["ec2:instancetype", type],
    ["ec2:ebsoptimized", String(ebsOptimized)],
    ["ec2:rootdevicetype", "ebs"],
    ["ec2:tenancy", "default"],
  ],
};

export const resourceKinds: readonly ResourceKind<any>[] = [imageKind, instanceKind, snapshotKind, volumeKind];

/** Throws the kind's Malformed error for what cannot be an id of it. */
export function checkId({ prefix, malformed }: Pick<ResourceKind, "prefix" | "malformed">, id: string): void {
  const shown = id.slice(0, 64);
  if (!id.startsWith(prefix)) refuse(malformed, `Invalid id: "${shown}" (expecting "${prefix}...")`);
  const digits = id.slice(prefix.length);
  if (!/^(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(digits)) refuse(malformed, `Invalid id: "${shown}"`);
}

export function notFound({ notFound: code, missing }: ResourceKind<any>, ...ids: readonly string[]): AwsError {
  return new AwsError(code, missing(ids));
}

/** `id` may be `*`: something that does not exist yet. Snapshots and images name no account. */
export function resourceArn(
  { name, owned }: Pick<ResourceKind, "name" | "owned">,
  id: string,
  { account, region }: { readonly account: string; readonly region: string },
): string {
  return regionalArn("ec2", region, owned ? account : "", `${name}/${id}`);
}
