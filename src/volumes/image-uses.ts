import type { ServiceEvent } from "../operation.ts";
import type { Change, Entities, Entity } from "../store/entities.ts";
import { reference } from "../store/store.ts";
import { type Snapshot, snapshotRowId } from "./entities.ts";
import { type Image, imageRowId } from "./image.ts";

/** kind "image-use", id = `snapshot's row id/ami-…`, parent = the snapshot's row id: an image keeps its snapshots. */
interface ImageUse {
  imageId: string;
}

const usesMost = 1000;

const useId = (region: string, snapshotId: string, imageId: string): string =>
  `${snapshotRowId(region, snapshotId)}/${imageId}`;

export const snapshotsOf = ({ devices }: Pick<Image, "devices">): string[] => [
  ...new Set(devices.flatMap(({ snapshotId }) => (snapshotId === undefined ? [] : [snapshotId]))),
];

export function useSnapshots(image: Image, entities: Entities): Change[] {
  const { region, imageId } = image;
  return snapshotsOf(image).map((snapshotId) => {
    const content: ImageUse = { imageId };
    const place = { scope: "", parent: snapshotRowId(region, snapshotId) };
    return entities.create("image-use", useId(region, snapshotId, imageId), content, place);
  });
}

export function leaveSnapshots(image: Image, entities: Entities): Change[] {
  const uses = snapshotsOf(image).map((id) => entities.get("image-use", useId(image.region, id, image.imageId)));
  return uses.flatMap((use) => (use ? [entities.delete(use)] : []));
}

/** An image that needs the snapshot, which cannot be deleted before it; `except` is on its way out. */
export function imageUsing(
  region: string,
  snapshotId: string,
  { entities, used }: { readonly entities: Entities; readonly used: string[] },
  except?: string,
): string | undefined {
  const parent = snapshotRowId(region, snapshotId);
  used.push(reference.byParent("image-use", parent));
  const uses = entities.listByParent<ImageUse>("image-use", parent, { after: "", limit: 2 });
  return uses.find(({ content }) => content.imageId !== except)?.content.imageId;
}

/**
 * What becomes of the images that wait for a snapshot that is now complete, or has failed: part of the ending that says
 * so. `used` are the other snapshots that it depends on.
 */
export function settleImages(
  { content: settled, row }: Pick<Entity<Snapshot>, "content" | "row">,
  state: "completed" | "error",
  entities: Entities,
): { changes: Change[]; events: ServiceEvent[]; used: string[] } {
  const uses = entities.listByParent<ImageUse>("image-use", row.id, { after: "", limit: usesMost });
  const used = [reference.byParent("image-use", row.id)];
  const changes: Change[] = [];
  const events: ServiceEvent[] = [];
  for (const { content } of uses) {
    const image = entities.get<Image>("image", imageRowId(settled.region, content.imageId));
    if (!image || image.content.state !== "pending") continue;
    const others = snapshotsOf(image.content).filter((id) => id !== settled.snapshotId);
    const ids = others.map((id) => snapshotRowId(settled.region, id));
    used.push(reference.row("image", image.row.id), ...ids.map((id) => reference.row("snapshot", id)));
    const complete = ids.every((id) => entities.get<Snapshot>("snapshot", id)?.content.state === "completed");
    if (state === "completed" && !complete) continue;
    const after: Image =
      state === "completed"
        ? { ...image.content, state: "available" }
        : { ...image.content, state: "failed", stateReason: failure };
    changes.push(entities.put(image, after));
    events.push(imageStateEvent(after));
  }
  return { changes, events, used };
}

const failure = { code: "Client.InvalidSnapshot", message: "Client.InvalidSnapshot: A snapshot of the image failed" };

/** EventBridge's "EC2 AMI State Change", as a record of the image's account. */
export function imageStateEvent({ account, region, imageId, state, stateReason }: Image): ServiceEvent {
  const detail = {
    RequestId: "",
    ImageId: imageId,
    State: state,
    ErrorMessage: stateReason?.message ?? "",
  };
  return {
    name: "EC2 AMI State Change",
    region,
    account,
    resources: [{ ARN: `arn:aws:ec2:${region}::image/${imageId}`, accountId: account }],
    details: detail,
    source: "aws.ec2",
    type: "Notification",
  };
}
