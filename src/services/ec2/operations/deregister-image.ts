import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import type { Image } from "../../../volumes/image.ts";
import { leaveSnapshots } from "../../../volumes/image-uses.ts";
import { askResource } from "../ask-ec2.ts";
import type { FoundResource } from "../find-resource.ts";
import { findImage, ownImage } from "../images/find-image.ts";
import { shareWith } from "../images/lists.ts";

interface Input {
  ImageId: string;
  DeleteAssociatedSnapshots?: boolean;
}

/** Instances that were launched from it go on; its snapshots stay. */
export const deregisterImage: Operation<Input, unknown, FoundResource<Image>> = {
  name: "DeregisterImage",
  readOnly: false,
  requestParameters: ({ ImageId, DeleteAssociatedSnapshots }) => ({
    imageId: ImageId,
    ...(DeleteAssociatedSnapshots !== undefined && { deleteAssociatedSnapshots: DeleteAssociatedSnapshots }),
  }),
  find: ({ ImageId }, call) => findImage(ImageId, call),
  asks: (_input, found, call) => [askResource("DeregisterImage", found, call)],
  run: ({ DeleteAssociatedSnapshots: andSnapshots }, found, call) => {
    if (andSnapshots) refuse("UnsupportedOperation", "Snapshots are deleted by DeleteSnapshot.");
    const image = ownImage(found, call);
    const { entities } = call;
    const changes = [
      entities.delete(image),
      ...shareWith(image, [], entities),
      ...leaveSnapshots(image.content, entities),
    ];
    return { answer: { Return: true }, changes, responseElements: { _return: true } };
  },
};
