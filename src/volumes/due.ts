import type { Disks } from "../disks/disks.ts";
import type { DueHandlers, DueWork } from "../operation.ts";
import { type Entities, type Entity, reference } from "../store/entities.ts";
import { workEvent } from "./notifications.ts";
import type { Work } from "./work.ts";

/** Layers that nobody needs, work whose time has come, and tokens whose time is over. */
export const volumesDueHandlers = ({ entities, disks }: { entities: Entities; disks: Disks }): DueHandlers =>
  new Map([
    ["layer-garbage", (garbage) => removeLayer(garbage, entities, disks)],
    ["volume-work", (work) => Promise.resolve(begun(work, entities))],
    // A token is good until its date, and stands for nothing afterwards.
    ["client-token", (token) => Promise.resolve({ changes: [entities.delete(token)], events: [], used: [] })],
  ]);

/** Without a date it is done at once (volumes/works.ts). */
function begun(work: Entity<unknown>, entities: Entities): DueWork {
  const { what, target, account, region } = work.content as Work;
  const events = [workEvent({ account, region }, "BeginWork", { what, target: target.id })];
  return { changes: [entities.put(work, work.content, { due: null })], events, used: [] };
}

/** A layer that nobody needs any more leaves the disk, unless it is needed again. */
async function removeLayer(garbage: Entity<unknown>, entities: Entities, disks: Disks): Promise<DueWork> {
  const layer = garbage.row.id;
  const needed = entities.listByParent("layer-use", layer, { after: "", limit: 1 }).length > 0;
  if (!needed) await disks.order(layer, "remove", { id: layer });
  const events = [workEvent({ account: "", region: "" }, "RemoveLayer", { layer })];
  return { changes: [entities.delete(garbage)], events, used: [reference.byParent("layer-use", layer)] };
}
