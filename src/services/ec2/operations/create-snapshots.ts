import { invalidValue } from "../refuse-ec2.ts";
import type { Tag } from "../../../identity/entities.ts";
import type { Call, Operation, Outcome } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import type { Instance, Snapshot, Volume, VolumeAttachment } from "../../../volumes/entities.ts";
import { askNew, askResource } from "../ask-ec2.ts";
import { type FoundResource, findResource, present } from "../find-resource.ts";
import { checkId, instanceKind, type ResourceKind, snapshotKind, volumeKind } from "../resource-kinds.ts";
import { newSnapshots } from "../snapshots/new-snapshot.ts";
import { recordedSpecifications, type TagSpecification, tagsSpecified, withTags } from "../tags.ts";
import { checkPlace } from "./create-snapshot.ts";

interface Input {
  InstanceSpecification: { InstanceId?: string; ExcludeBootVolume?: boolean; ExcludeDataVolumeIds?: string[] };
  Description?: string;
  OutpostArn?: string;
  Location?: string;
  TagSpecifications?: TagSpecification[];
  CopyTagsFromSource?: string;
  DryRun?: boolean;
}

interface Found {
  readonly instance: FoundResource<Instance>;
  readonly volumes: readonly FoundResource<Volume>[];
  readonly tags: readonly Tag[];
}

/** Snapshots of an instance's volumes, all at one moment. */
export const createSnapshots: Operation<Input, unknown, Found> = {
  name: "CreateSnapshots",
  readOnly: false,
  requestParameters: ({ InstanceSpecification, Description, TagSpecifications, CopyTagsFromSource }) => ({
    CreateSnapshotsRequest: {
      InstanceSpecification,
      ...(Description !== undefined && { Description }),
      ...(CopyTagsFromSource !== undefined && { CopyTagsFromSource }),
      ...recordedSpecifications(TagSpecifications),
    },
  }),
  find: (input, call) => {
    checkPlace(input);
    const { CopyTagsFromSource: from, InstanceSpecification: which } = input;
    if (from !== undefined && from !== "volume")
      invalidValue(`Value (${from.slice(0, 64)}) for parameter CopyTagsFromSource is invalid.`);
    const tags = tagsSpecified(input.TagSpecifications, "snapshot").snapshot;
    const instance = findResource(instanceKind as ResourceKind<Instance>, which.InstanceId ?? "", call);
    return { instance, volumes: instance.entity ? chosenVolumes(instance.entity, which, call) : [], tags };
  },
  asks: (_input, { instance, volumes, tags }, call) => [
    askResource("CreateSnapshots", instance, call),
    ...volumes.map((volume) => askResource("CreateSnapshots", volume, call)),
    ...askNew("CreateSnapshots", snapshotKind, tags, call),
  ],
  run: async (input, { instance, volumes, tags }, call, decisions): Promise<Outcome<unknown>> => {
    present(instance);
    const wishes = volumes.map(present).map((volume) => ({
      volume,
      description: input.Description ?? "",
      tags: input.CopyTagsFromSource === "volume" ? withTags(volume.content.tags, tags) : tags,
    }));
    const { snapshots, changes } = await newSnapshots(wishes, "createSnapshots", call, decisions[0]!);
    return {
      answer: { Snapshots: snapshots.map(informed) },
      changes,
      responseElements: {
        CreateSnapshotsResponse: {
          requestId: call.requestId,
          snapshotSet: { items: snapshots.map(({ snapshotId, volumeId }) => ({ snapshotId, volumeId })) },
        },
      },
    };
  },
};

const informed = (snapshot: Snapshot): object => ({
  SnapshotId: snapshot.snapshotId,
  VolumeId: snapshot.volumeId,
  State: snapshot.state,
  StartTime: snapshot.createdAt,
  Progress: `${snapshot.progress}%`,
  OwnerId: snapshot.account,
  Description: snapshot.description,
  VolumeSize: snapshot.sizeGiB,
  Encrypted: snapshot.encrypted,
  Tags: snapshot.tags,
});

const volumesMost = 128;

/** The instance's volumes but for those that are left out. Throws InvalidParameterValue for one that it does not have. */
function chosenVolumes(
  { row, content }: Entity<Instance>,
  { ExcludeBootVolume, ExcludeDataVolumeIds = [] }: Input["InstanceSpecification"],
  call: Call,
): FoundResource<Volume>[] {
  call.used.push(reference.byParent("volume-attachment", row.id));
  const page = { after: "", limit: volumesMost };
  const attached = call.entities.listByParent<VolumeAttachment>("volume-attachment", row.id, page);
  const ids = new Map(attached.map((one) => [one.content.volume.slice(call.region.length + 1), one.content.device]));
  for (const id of ExcludeDataVolumeIds) {
    checkId(volumeKind, id);
    const device = ids.get(id);
    if (device === undefined || device === content.rootDevice)
      invalidValue(`The volume '${id}' is not a data volume of the instance '${content.instanceId}'.`);
    ids.delete(id);
  }
  const chosen = [...ids].filter(([, device]) => !ExcludeBootVolume || device !== content.rootDevice);
  if (chosen.length === 0) invalidValue(`The instance '${content.instanceId}' has no volumes to take snapshots of.`);
  return chosen.map(([id]) => findResource(volumeKind, id, call));
}
