import type { Tag } from "../../../identity/entities.ts";
import type { Call } from "../../../operation.ts";
import type { Change } from "../../../store/entities.ts";
import { regionScope } from "../../../volumes/entities.ts";
import { newId } from "../../../volumes/ids.ts";
import { type Image, imageRowId } from "../../../volumes/image.ts";
import { imageStateEvent, useSnapshots } from "../../../volumes/image-uses.ts";
import type { ServiceEvent } from "../../../operation.ts";
import { nameList } from "./image-name.ts";

/** What an image says of itself, whatever it is made from. */
export type ImageTraits = Pick<
  Image,
  | "name"
  | "description"
  | "architecture"
  | "virtualization"
  | "rootDevice"
  | "devices"
  | "enaSupport"
  | "sriovNetSupport"
  | "bootMode"
  | "tpmSupport"
  | "imdsSupport"
  | "sourceInstanceId"
  | "sourceImageId"
  | "sourceImageRegion"
>;

/** The rows of a new image of the caller's. A pending one becomes available with its snapshots. */
export function newImage(
  traits: ImageTraits,
  state: "pending" | "available",
  tags: readonly Tag[],
  call: Call,
  imageId: string = newId("ami"),
): { image: Image; changes: Change[]; events: ServiceEvent[] } {
  const { account } = call.caller.facts;
  const { region } = call;
  const image: Image = {
    ...traits,
    account,
    region,
    imageId,
    state,
    createdAt: call.now,
    tags: [...tags],
    launchers: [],
  };
  const place = { scope: regionScope(image), parent: nameList(account, region, image.name) };
  return {
    image,
    changes: [
      call.entities.create("image", imageRowId(region, image.imageId), image, place),
      ...useSnapshots(image, call.entities),
    ],
    events: [imageStateEvent(image)],
  };
}
