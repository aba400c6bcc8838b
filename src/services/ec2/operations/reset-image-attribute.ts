import type { Operation } from "../../../operation.ts";
import type { Image } from "../../../volumes/image.ts";
import { askResource } from "../ask-ec2.ts";
import type { FoundResource } from "../find-resource.ts";
import { findImage, ownImage } from "../images/find-image.ts";
import { shareWith } from "../images/lists.ts";
import { invalidValue } from "../refuse-ec2.ts";

interface Input {
  ImageId: string;
  Attribute: string;
}

/** Nobody but the owner may launch it any more. */
export const resetImageAttribute: Operation<Input, unknown, FoundResource<Image>> = {
  name: "ResetImageAttribute",
  readOnly: false,
  requestParameters: ({ ImageId, Attribute }) => ({ imageId: ImageId, attributeType: Attribute }),
  find: ({ ImageId }, call) => findImage(ImageId, call),
  asks: (_input, found, call) => [askResource("ResetImageAttribute", found, call)],
  run: ({ Attribute }, found, call) => {
    const image = ownImage(found, call);
    if (Attribute !== "launchPermission")
      invalidValue(`Value (${Attribute.slice(0, 64)}) for parameter attribute is invalid.`);
    const { entities } = call;
    const changes = [...shareWith(image, [], entities), entities.put(image, { ...image.content, launchers: [] })];
    return { answer: {}, changes, responseElements: { _return: true } };
  },
};
