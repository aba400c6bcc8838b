import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { regionScope, type Volume } from "../../../volumes/entities.ts";
import { measuresOf, type VolumeMeasures, type VolumeModification } from "../../../volumes/modification.ts";
import { workFor } from "../../../volumes/work.ts";
import { askResource } from "../ask-ec2.ts";
import { type FoundResource, findResource, present } from "../find-resource.ts";
import { invalidValue, missingParameter } from "../refuse-ec2.ts";
import { volumeKind } from "../resource-kinds.ts";
import { modificationView } from "../volumes/modification-view.ts";
import { checkedShape, takes } from "../volumes/volume-types.ts";

interface Input {
  VolumeId: string;
  Size?: number;
  VolumeType?: string;
  Iops?: number;
  Throughput?: number;
  MultiAttachEnabled?: boolean;
  DryRun?: boolean;
}

/** Differs: a volume may be modified again as soon as it is done; AWS counts modifications by the day. */
export const modifyVolume: Operation<Input, unknown, FoundResource<Volume>> = {
  name: "ModifyVolume",
  readOnly: false,
  requestParameters: ({ VolumeId, Size, VolumeType, Iops, Throughput, MultiAttachEnabled }) => ({
    ModifyVolumeRequest: {
      VolumeId,
      ...(Size !== undefined && { Size }),
      ...(VolumeType !== undefined && { VolumeType }),
      ...(Iops !== undefined && { Iops }),
      ...(Throughput !== undefined && { Throughput }),
      ...(MultiAttachEnabled !== undefined && { MultiAttachEnabled }),
    },
  }),
  find: (input, call) => findResource(volumeKind, input.VolumeId, call),
  asks: (_input, found, call) => [askResource("ModifyVolume", found, call)],
  run: (input, found, call) => {
    const volume = present(found);
    const before = lastModification(volume, call);
    checkState(volume.content, before?.content);
    const { account, region, volumeId } = volume.content;
    const modification: VolumeModification = {
      account,
      region,
      volumeId,
      state: "modifying",
      progress: 0,
      startedAt: call.now,
      original: measuresOf(volume.content),
      target: targetOf(input, volume.content),
    };
    const { entities } = call;
    const changes = [
      before
        ? entities.put(before, modification)
        : entities.create("volume-modification", volume.row.id, modification, { scope: regionScope(volume.content) }),
      workFor(call, "modify-volume", { kind: "volume", id: volume.row.id }, {}),
    ];
    const VolumeModification = modificationView(modification);
    const responseElements = { ModifyVolumeResponse: { volumeModification: VolumeModification } };
    return { answer: { VolumeModification }, changes, responseElements };
  },
};

function lastModification({ row }: Entity<Volume>, call: Call): Entity<VolumeModification> | undefined {
  call.used.push(reference.row("volume-modification", row.id));
  return call.entities.get<VolumeModification>("volume-modification", row.id);
}

function checkState({ volumeId, state }: Volume, before: VolumeModification | undefined): void {
  if (state !== "available" && state !== "in-use") refuse("IncorrectState", `The volume '${volumeId}' is '${state}'.`);
  if (before?.state === "modifying" || before?.state === "optimizing")
    refuse("IncorrectModificationState", `Cannot modify volume ${volumeId} while it is in the ${before.state} state.`);
}

/** What the volume is to be. Throws what a new one would be refused with, and InvalidParameterValue for less. */
function targetOf({ Size, VolumeType, Iops, Throughput, MultiAttachEnabled }: Input, volume: Volume): VolumeMeasures {
  const wanted = [Size, VolumeType, Iops, Throughput, MultiAttachEnabled];
  if (wanted.every((one) => one === undefined)) missingParameter("size");
  if (Size !== undefined && Size < volume.sizeGiB) invalidValue("New size cannot be smaller than existing size");
  const type = VolumeType ?? volume.type;
  const same = type === volume.type;
  const multiAttach = MultiAttachEnabled ?? volume.multiAttach ?? false;
  if (multiAttach !== (volume.multiAttach ?? false) && volume.attachments.length > 0)
    refuse("IncorrectState", `Multi-Attach cannot be changed while volume ${volume.volumeId} is attached.`);
  const usual = takes(type, "iops") ? (same ? volume.iops : usualIops) : undefined;
  const speed = takes(type, "throughput") && same ? volume.throughput : undefined;
  const shape = checkedShape({
    type,
    sizeGiB: Size ?? volume.sizeGiB,
    iops: Iops ?? usual,
    throughput: Throughput ?? speed,
    multiAttach,
  });
  return { type, sizeGiB: shape.sizeGiB, iops: shape.iops, throughput: shape.throughput, multiAttach };
}

/** Of a volume that becomes one of a type with provisioned operations (EC2 API reference, ModifyVolume). */
const usualIops = 3000;
