import type { Snapshot } from "../../../volumes/entities.ts";
import { settleImages } from "../../../volumes/image-uses.ts";
import { leaveLayers, useLayers } from "../../../volumes/layer-uses.ts";
import { type Ending, type Hands, targetOf, type Work, type Written } from "../../../volumes/work.ts";
import { copyOf } from "./copy-grants.ts";
import { copyOwner, sharesKey, type SnapshotCopy } from "./copy.ts";
import { snapshotNotification } from "./notifications.ts";
import { resourceArn, snapshotKind } from "../resource-kinds.ts";

/** The copy becomes what `become` makes of it, lets go of its source, and is told of; one that was deleted just goes. */
export const endCopy =
  (work: Work, hands: Hands, become: (before: Snapshot) => Snapshot, secret?: Uint8Array): Ending =>
  () => {
    const copy = copyOf(work, hands);
    const dest = targetOf<Snapshot>(work, hands);
    const { entities } = hands;
    const used: string[] = [];
    const held = (copy.content.source?.below ?? []).map(({ id }) => id);
    if (copy.content.layer !== undefined) held.push(copy.content.layer);
    const after = dest && become(dest.content);
    const taken = new Set(after?.below.map(({ id }) => id));
    const left = leaveLayers({ entities, used, now: hands.now() }, held, copyOwner(work.target.id), taken);
    const gone = [entities.delete(copy, copy.row.secret !== null), ...left];
    if (!dest || !after) return { changes: gone, used };
    const settled = settleImages(
      { content: after, row: dest.row },
      after.state === "error" ? "error" : "completed",
      entities,
    );
    const { account, region } = after;
    return {
      changes: [
        entities.put(dest, after, { secret: secret ?? null }),
        ...useLayers(entities, [...taken], dest.row.id),
        ...gone,
        ...settled.changes,
      ],
      used: [...used, ...settled.used],
      events: [told(after, copy.content, { account, region }, hands.now()), ...settled.events],
    } satisfies Written;
  };

function told(after: Snapshot, copy: SnapshotCopy, place: { account: string; region: string }, endedAt: number) {
  const { source } = copy;
  return snapshotNotification(after, {
    event: "copySnapshot",
    result: after.state === "completed" ? "succeeded" : "failed",
    ...(after.stateMessage !== undefined && { cause: after.stateMessage }),
    source: source ? resourceArn(snapshotKind, source.snapshotId, { ...place, region: source.region }) : "",
    endedAt,
    incremental: sharesKey(copy),
  });
}
