import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import { imageUsing } from "../../../volumes/image-uses.ts";
import { leaveLayers } from "../../../volumes/layer-uses.ts";
import { askResource } from "../ask-ec2.ts";
import type { FoundResource } from "../find-resource.ts";
import { endedShares } from "../snapshots/sharing.ts";
import { findSnapshot, owned } from "../snapshots/visible.ts";

interface Input {
  SnapshotId: string;
  DryRun?: boolean;
}

/** Its layers stay while another snapshot or a volume needs them. */
export const deleteSnapshot: Operation<Input, unknown, FoundResource<Snapshot>> = {
  name: "DeleteSnapshot",
  readOnly: false,
  requestParameters: ({ SnapshotId }) => ({ snapshotId: SnapshotId }),
  find: ({ SnapshotId }, call) => findSnapshot(SnapshotId, call),
  asks: (_input, found, call) => [askResource("DeleteSnapshot", found, call)],
  run: (_input, found, call) => {
    const snapshot = owned(found, call);
    const { content, row } = snapshot;
    const imageId = imageUsing(content.region, content.snapshotId, call);
    if (imageId !== undefined)
      refuse("InvalidSnapshot.InUse", `The snapshot ${content.snapshotId} is currently in use by ${imageId}`);
    const layers = [...content.below.map(({ id }) => id), ...(content.direct ? [content.direct.top] : [])];
    return {
      answer: {},
      changes: [
        call.entities.delete(snapshot, row.secret !== null),
        ...endedShares(snapshot, content.sharedWith, call.entities),
        ...leaveLayers(call, layers, row.id),
      ],
      responseElements: { _return: true },
    };
  },
};
