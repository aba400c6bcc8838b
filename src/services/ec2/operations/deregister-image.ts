import { questionOf } from "../../../identity/question.ts";
import type { Call, Operation } from "../../../operation.ts";
import { decide } from "../../../policy/decide.ts";
import type { Change } from "../../../store/entities.ts";
import type { Image } from "../../../volumes/image.ts";
import { imageUsing, leaveSnapshots, snapshotsOf } from "../../../volumes/image-uses.ts";
import { askResource } from "../ask-ec2.ts";
import type { FoundResource } from "../find-resource.ts";
import { findImage, ownImage } from "../images/find-image.ts";
import { shareWith } from "../images/lists.ts";
import { goneSnapshot } from "../snapshots/gone-snapshot.ts";
import { findSnapshot } from "../snapshots/visible.ts";

interface Input {
  ImageId: string;
  DeleteAssociatedSnapshots?: boolean;
}

/** Instances that were launched from it go on; its snapshots stay, unless they are to go with it. */
export const deregisterImage: Operation<Input, unknown, FoundResource<Image>> = {
  name: "DeregisterImage",
  readOnly: false,
  requestParameters: ({ ImageId, DeleteAssociatedSnapshots }) => ({
    imageId: ImageId,
    ...(DeleteAssociatedSnapshots !== undefined && { deleteAssociatedSnapshots: DeleteAssociatedSnapshots }),
  }),
  find: ({ ImageId }, call) => findImage(ImageId, call),
  asks: (_input, found, call) => [askResource("DeregisterImage", found, call)],
  run: ({ DeleteAssociatedSnapshots: withSnapshots }, found, call) => {
    const image = ownImage(found, call);
    const { entities } = call;
    const ended = withSnapshots ? snapshotsOf(image.content).map((id) => endedSnapshot(id, image.content, call)) : [];
    return {
      answer: {
        Return: true,
        DeleteSnapshotResults: ended.map(({ SnapshotId, ReturnCode }) => ({ SnapshotId, ReturnCode })),
      },
      changes: [
        entities.delete(image),
        ...shareWith(image, [], entities),
        ...leaveSnapshots(image.content, entities),
        ...ended.flatMap(({ changes }) => changes),
      ],
      responseElements: { _return: true },
    };
  },
};

interface Ended {
  readonly SnapshotId: string;
  readonly ReturnCode: "success" | "skipped" | "missing-permissions";
  readonly changes: readonly Change[];
}

/** A snapshot that another image needs stays; so does one that the caller may not delete. */
function endedSnapshot(SnapshotId: string, { imageId, region, account }: Image, call: Call): Ended {
  const kept = (ReturnCode: Ended["ReturnCode"]): Ended => ({ SnapshotId, ReturnCode, changes: [] });
  const found = findSnapshot(SnapshotId, call);
  if (!found.entity || found.entity.content.account !== account) return kept("skipped");
  if (imageUsing(region, SnapshotId, call, imageId) !== undefined) return kept("skipped");
  const { allowed } = decide(questionOf(askResource("DeleteSnapshot", found, call), call, "ec2"));
  if (!allowed) return kept("missing-permissions");
  return { SnapshotId, ReturnCode: "success", changes: goneSnapshot(found.entity, call) };
}
