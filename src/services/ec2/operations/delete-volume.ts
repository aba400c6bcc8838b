import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import type { Volume } from "../../../volumes/entities.ts";
import { workFor } from "../../../volumes/work.ts";
import { askResource } from "../ask-ec2.ts";
import { type FoundResource, findResource, present } from "../find-resource.ts";
import { volumeKind } from "../resource-kinds.ts";

interface Input {
  VolumeId: string;
  DryRun?: boolean;
}

export const deleteVolume: Operation<Input, unknown, FoundResource<Volume>> = {
  name: "DeleteVolume",
  readOnly: false,
  requestParameters: ({ VolumeId }) => ({ volumeId: VolumeId }),
  find: (input, call) => findResource(volumeKind, input.VolumeId, call),
  asks: (_input, found, call) => [askResource("DeleteVolume", found, call)],
  run: (_input, found, call) => {
    const volume = present(found);
    const { volumeId, state, attachments } = volume.content;
    const [attached] = attachments;
    if (attached) refuse("VolumeInUse", `Volume ${volumeId} is currently attached to ${attached.instanceId}`);
    if (state !== "available" && state !== "error") refuse("IncorrectState", `The volume '${volumeId}' is '${state}'.`);
    const target = { kind: "volume", id: volume.row.id };
    const changes = [
      call.entities.put(volume, { ...volume.content, state: "deleting" as const }),
      workFor(call, "delete-volume", target, {}),
    ];
    return { answer: {}, changes, responseElements: { _return: true } };
  },
};
