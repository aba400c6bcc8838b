import type { Call } from "../../../operation.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import { leaveLayers } from "../../../volumes/layer-uses.ts";
import { endedShares } from "./sharing.ts";

/** Without the snapshot. Its layers stay while another snapshot or a volume needs them. */
export function goneSnapshot(snapshot: Entity<Snapshot>, call: Call): Change[] {
  const { content, row } = snapshot;
  const layers = [...content.below.map(({ id }) => id), ...(content.direct ? [content.direct.top] : [])];
  return [
    call.entities.delete(snapshot, row.secret !== null),
    ...endedShares(snapshot, content.sharedWith, call.entities),
    ...leaveLayers(call, layers, row.id),
  ];
}
