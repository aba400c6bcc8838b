import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import { imageUsing } from "../../../volumes/image-uses.ts";
import { askResource } from "../ask-ec2.ts";
import type { FoundResource } from "../find-resource.ts";
import { goneSnapshot } from "../snapshots/gone-snapshot.ts";
import { findSnapshot, owned } from "../snapshots/visible.ts";

interface Input {
  SnapshotId: string;
  DryRun?: boolean;
}

export const deleteSnapshot: Operation<Input, unknown, FoundResource<Snapshot>> = {
  name: "DeleteSnapshot",
  readOnly: false,
  requestParameters: ({ SnapshotId }) => ({ snapshotId: SnapshotId }),
  find: ({ SnapshotId }, call) => findSnapshot(SnapshotId, call),
  asks: (_input, found, call) => [askResource("DeleteSnapshot", found, call)],
  run: (_input, found, call) => {
    const snapshot = owned(found, call);
    const { content } = snapshot;
    const imageId = imageUsing(content.region, content.snapshotId, call);
    if (imageId !== undefined)
      refuse("InvalidSnapshot.InUse", `The snapshot ${content.snapshotId} is currently in use by ${imageId}`);
    return { answer: {}, changes: goneSnapshot(snapshot, call), responseElements: { _return: true } };
  },
};
