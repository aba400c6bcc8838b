import { refuse } from "../../../errors.ts";
import type { Tag } from "../../../identity/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Snapshot, Volume } from "../../../volumes/entities.ts";
import { askNew, askResource } from "../ask-ec2.ts";
import { madeBefore, rememberMade } from "../client-token.ts";
import { type FoundResource, findResource, present } from "../find-resource.ts";
import { invalidCombination, missingParameter } from "../refuse-ec2.ts";
import { zonesOf } from "../regions.ts";
import { notFound, resourceArn, snapshotKind, type Values, volumeKind } from "../resource-kinds.ts";
import { recordedSpecifications, type TagSpecification, tagsSpecified } from "../tags.ts";
import { findSnapshot } from "../snapshots/visible.ts";
import { checkSource, keyOf, newVolume } from "../volumes/new-volume.ts";
import { checkedShape, type VolumeShape } from "../volumes/volume-types.ts";
import { volumeView } from "../volumes/volume-view.ts";

interface Input {
  AvailabilityZone?: string;
  AvailabilityZoneId?: string;
  Encrypted?: boolean;
  Iops?: number;
  KmsKeyId?: string;
  Size?: number;
  SnapshotId?: string;
  VolumeType?: string;
  TagSpecifications?: TagSpecification[];
  MultiAttachEnabled?: boolean;
  Throughput?: number;
  ClientToken?: string;
  VolumeInitializationRate?: number;
  DryRun?: boolean;
}

interface Found {
  readonly tags: readonly Tag[];
  readonly zone: string;
  readonly snapshot: FoundResource<Snapshot> | undefined;
  readonly before: readonly string[] | undefined;
}

export const createVolume: Operation<Input, unknown, Found> = {
  name: "CreateVolume",
  readOnly: false,
  requestParameters: (input) => ({
    ...(input.Size !== undefined && { size: String(input.Size) }),
    ...(input.SnapshotId !== undefined && { snapshotId: input.SnapshotId }),
    ...(input.AvailabilityZone !== undefined && { zone: input.AvailabilityZone }),
    ...(input.AvailabilityZoneId !== undefined && { availabilityZoneId: input.AvailabilityZoneId }),
    ...(input.VolumeType !== undefined && { volumeType: input.VolumeType }),
    ...(input.Iops !== undefined && { iops: input.Iops }),
    ...(input.Throughput !== undefined && { throughput: input.Throughput }),
    ...(input.Encrypted !== undefined && { encrypted: input.Encrypted }),
    ...(input.KmsKeyId !== undefined && { masterEncryptionKeyId: input.KmsKeyId }),
    ...(input.MultiAttachEnabled !== undefined && { multiAttachEnabled: input.MultiAttachEnabled }),
    ...(input.ClientToken !== undefined && { clientToken: input.ClientToken }),
    ...recordedSpecifications(input.TagSpecifications),
  }),
  find: (input, call) => ({
    tags: tagsSpecified(input.TagSpecifications, "volume").volume,
    zone: zoneOf(input, call),
    snapshot: input.SnapshotId ? findSnapshot(input.SnapshotId, call) : undefined,
    before: madeBefore("CreateVolume", input, call),
  }),
  asks: (input, { tags, zone, snapshot }, call) => [
    ...askNew("CreateVolume", volumeKind, tags, call, conditionValues(input, zone, snapshot, call)),
    ...(snapshot ? [askResource("CreateVolume", snapshot, call)] : []),
  ],
  run: (input, { tags, zone, snapshot, before }, call, decisions) => {
    if (before) return { answer: volumeView(madeVolume(before, call)) };
    const source = snapshot && present(snapshot);
    if (input.KmsKeyId !== undefined && input.Encrypted !== true)
      refuse("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.");
    const shape = checkedShape(shapeOf(input, source?.content));
    if (source) checkSource(source.content, shape.sizeGiB);
    const keyId = keyOf({ encrypted: input.Encrypted, keyId: input.KmsKeyId }, source?.content, call);
    const { volume, changes } = newVolume({ shape, zone, snapshot: source, keyId, tags }, call, decisions[0]!);
    return {
      answer: volumeView(volume),
      changes: [...changes, ...rememberMade("CreateVolume", input, [volume.volumeId], call)],
      responseElements: recordedVolume(volume),
    };
  },
};

function zoneOf({ AvailabilityZone: name, AvailabilityZoneId: id }: Input, { region }: Call): string {
  if (name !== undefined && id !== undefined)
    invalidCombination("The parameters AvailabilityZone and AvailabilityZoneId cannot be used together.");
  const wanted = name ?? id ?? missingParameter("AvailabilityZone");
  const zone = zonesOf(region).find((known) => known.name === name || known.id === id);
  return zone?.name ?? refuse("InvalidZone.NotFound", `The zone '${wanted.slice(0, 64)}' does not exist.`);
}

const shapeOf = (input: Input, snapshot: Pick<Snapshot, "sizeGiB"> | undefined): VolumeShape => ({
  type: input.VolumeType ?? "gp2",
  sizeGiB: input.Size ?? snapshot?.sizeGiB ?? missingParameter("size/snapshot"),
  iops: input.Iops,
  throughput: input.Throughput,
  multiAttach: input.MultiAttachEnabled,
});

function conditionValues(input: Input, zone: string, snapshot: Found["snapshot"], call: Call): Values {
  const source = snapshot?.entity?.content;
  const keyId = keyOf({ encrypted: input.Encrypted, keyId: input.KmsKeyId }, source, call);
  const size = input.Size ?? source?.sizeGiB;
  const place = { account: "", region: call.region };
  return [
    ["ec2:availabilityzone", zone],
    ["ec2:encrypted", String(keyId !== undefined)],
    ["ec2:volumetype", input.VolumeType ?? "gp2"],
    ...(size === undefined ? [] : [["ec2:volumesize", String(size)] as const]),
    ...(input.Iops === undefined ? [] : [["ec2:volumeiops", String(input.Iops)] as const]),
    ...(input.Throughput === undefined ? [] : [["ec2:volumethroughput", String(input.Throughput)] as const]),
    ...(input.KmsKeyId === undefined ? [] : [["ec2:kmskeyid", input.KmsKeyId] as const]),
    ...(snapshot ? [["ec2:parentsnapshot", resourceArn(snapshotKind, snapshot.id, place)] as const] : []),
  ];
}

/** Made by the same request before. Throws NotFound when it is gone since. */
function madeVolume([id = ""]: readonly string[], call: Call): Volume {
  const { entity } = findResource(volumeKind, id, call);
  if (!entity) throw notFound(volumeKind, id);
  return entity.content;
}

const recordedVolume = (volume: Volume): object => ({
  volumeId: volume.volumeId,
  size: String(volume.sizeGiB),
  zone: volume.zone,
  status: volume.state,
  createTime: volume.createdAt,
  volumeType: volume.type,
  ...(volume.iops !== undefined && { iops: volume.iops }),
  encrypted: volume.encrypted,
  multiAttachEnabled: volume.multiAttach ?? false,
  ...(volume.snapshotId !== undefined && { snapshotId: volume.snapshotId }),
  tagSet: volume.tags.length === 0 ? {} : { items: volume.tags.map(({ Key, Value }) => ({ key: Key, value: Value })) },
});
