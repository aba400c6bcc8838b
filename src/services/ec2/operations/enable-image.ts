import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import type { Image } from "../../../volumes/image.ts";
import { imageStateEvent } from "../../../volumes/image-uses.ts";
import { askResource } from "../ask-ec2.ts";
import type { FoundResource } from "../find-resource.ts";
import { findImage, ownImage } from "../images/find-image.ts";
import { shareWith } from "../images/lists.ts";

interface Input {
  ImageId: string;
}

type Switched = "available" | "disabled";

const switched = (name: string, from: Switched, state: Switched): Operation<Input, unknown, FoundResource<Image>> => ({
  name,
  readOnly: false,
  requestParameters: ({ ImageId }) => ({ [`${name}Request`]: { ImageId } }),
  find: ({ ImageId }, call) => findImage(ImageId, call),
  asks: (_input, found, call) => [askResource(name, found, call)],
  run: (_input, found, call) => {
    const image = ownImage(found, call);
    const before = image.content.state;
    if (before === state) return { answer: { Return: true } };
    if (before !== from) refuse("IncorrectState", `The image '${found.id}' is in the state '${before}'.`);
    const launchers = state === "disabled" ? [] : image.content.launchers;
    const after: Image = { ...image.content, state, launchers };
    return {
      answer: { Return: true },
      changes: [...shareWith(image, launchers, call.entities), call.entities.put(image, after)],
      events: [imageStateEvent(after)],
    };
  },
});

/** A disabled image is shared with nobody and launches nothing; it is listed when it is asked for. */
export const disableImage: Operation<Input, unknown, FoundResource<Image>> = switched(
  "DisableImage",
  "available",
  "disabled",
);
export const enableImage: Operation<Input, unknown, FoundResource<Image>> = switched(
  "EnableImage",
  "disabled",
  "available",
);
