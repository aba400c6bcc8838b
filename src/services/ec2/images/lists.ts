import type { Call } from "../../../operation.ts";
import type { Change, Entities, Entity } from "../../../store/entities.ts";
import { type Image, type ImageShare, imageRowId } from "../../../volumes/image.ts";
import type { RowReader } from "../paging.ts";

/** An image in one of the lists it stands in: the owner's ("self"), or that of somebody it is shared with. */
export interface ListedImage {
  readonly image: Image;
  readonly as: string;
}

const listed = (entity: Entity<Image>, as: string): Entity<ListedImage> => ({
  row: entity.row,
  derived: entity.derived,
  content: { image: entity.content, as },
});

/** The caller's own images in this Region. */
export const ownImages =
  ({ caller, region, entities }: Call): RowReader<ListedImage> =>
  (page) =>
    entities
      .listByScope<Image>("image", `${caller.facts.account}/${region}`, page)
      .map((entity) => listed(entity, "self"));

/** Images shared with somebody by that name, in this Region. */
export const sharedImages =
  (who: string, { region, entities }: Call): RowReader<ListedImage> =>
  ({ after, limit }) => {
    // A share's id goes on after its image's with "/": "0" is the next character.
    const shares = entities.listByScope<ImageShare>("image-share", `${who}/${region}`, {
      after: after === "" ? "" : `${after}0`,
      limit,
    });
    return shares.map(({ content }) => {
      const image = entities.get<Image>("image", imageRowId(region, content.imageId));
      if (!image) throw new Error(`the image ${content.imageId} is shared and not there`);
      return listed(image, who);
    });
  };

const shareId = ({ region, imageId }: Image, who: string): string => `${imageRowId(region, imageId)}/${who}`;

/** An image's launchers become others: its rows in their lists with them. */
export function shareWith(image: Entity<Image>, launchers: readonly string[], entities: Entities): Change[] {
  const before = new Set(image.content.launchers);
  const after = new Set(launchers);
  const { imageId, region } = image.content;
  const content: ImageShare = { imageId };
  return [
    ...[...after]
      .filter((who) => !before.has(who))
      .map((who) =>
        entities.create("image-share", shareId(image.content, who), content, { scope: `${who}/${region}` }),
      ),
    ...[...before].filter((who) => !after.has(who)).map((who) => deleteShare(image.content, who, entities)),
  ];
}

function deleteShare(image: Image, who: string, entities: Entities): Change {
  const share = entities.get<ImageShare>("image-share", shareId(image, who));
  if (!share) throw new Error(`the image ${image.imageId} is not shared with ${who}`);
  return entities.delete(share);
}
