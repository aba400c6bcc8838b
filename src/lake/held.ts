import type { Entities } from "../store/entities.ts";
import { type EventDataStore, everyStore } from "./entities.ts";

const dayMs = 86_400_000;
const pageRows = 500;

/** Since when event data stores hold records of the trail: what is younger must stay. Infinity where there is none. */
export function heldSince(entities: Entities, now: number): number {
  let since = Infinity;
  for (let after = ""; ; ) {
    const page = entities.listByParent<EventDataStore>("event-data-store", everyStore, { after, limit: pageRows });
    for (const { content } of page) since = Math.min(since, storeHolds(content, now));
    if (page.length < pageRows) return since;
    after = page.at(-1)!.row.id;
  }
}

function storeHolds({ epochs, retentionDays }: EventDataStore, now: number): number {
  const oldest = now - retentionDays * dayMs;
  const held = epochs.filter(({ until = Infinity }) => until >= oldest).map(({ from }) => Math.max(from, oldest));
  return Math.min(...held);
}
