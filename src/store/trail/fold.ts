import {
  closeSegment,
  type ClosedSegment,
  type Segment,
  segmentRecords,
  type StoredBatch,
} from "../../audit/segment.ts";
import { chainStart } from "../../audit/chain.ts";
import type { TrailReader } from "./reader.ts";

/** The oldest open batches as a segment, once there are enough of them and some stay open. */
export function nextSegment(reader: TrailReader): ClosedSegment | undefined {
  return reader.atOnce(() => {
    const last = reader.row<Segment>("lastSegment");
    const start = last ? undefined : reader.pruning();
    const batches: StoredBatch[] = [];
    let records = 0;
    for (const batch of reader.rows<StoredBatch>("openFrom", reader.closedBatch() + 1)) {
      // The newest batch stays open: the writer goes on from it.
      if (records >= segmentRecords)
        return closeSegment((last?.segment ?? 0) + 1, last?.hash ?? start?.hash ?? chainStart, batches);
      batches.push(batch);
      records += batch.count;
    }
    return undefined;
  });
}
