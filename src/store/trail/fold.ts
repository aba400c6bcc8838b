import {
  closeSegment,
  type ClosedSegment,
  type Segment,
  segmentRecords,
  type StoredBatch,
} from "../../audit/segment.ts";
import { lineKeys } from "../../audit/line-keys.ts";
import { chainStart } from "../../audit/chain.ts";
import type { TrailReader } from "./reader.ts";

/**
 * The oldest open batches as a segment, once there are enough of them and some stay open. With `before`, an event time:
 * those whose records are all older, however few.
 */
export function nextSegment(reader: TrailReader, before?: string): ClosedSegment | undefined {
  return reader.atOnce(() => {
    const last = reader.row<Segment>("lastSegment");
    const start = last ? undefined : reader.pruning();
    const batches: StoredBatch[] = [];
    let records = 0;
    for (const batch of reader.rows<StoredBatch>("openFrom", reader.closedBatch() + 1)) {
      // The newest batch stays open: the writer goes on from it.
      const enough = records >= segmentRecords || (before !== undefined && records > 0 && !isOlder(batch, before));
      if (enough) return closeSegment((last?.segment ?? 0) + 1, last?.hash ?? start?.hash ?? chainStart, batches);
      if (before !== undefined && !isOlder(batch, before)) return undefined;
      batches.push(batch);
      records += batch.count;
    }
    return undefined;
  });
}

const isOlder = ({ records }: StoredBatch, before: string): boolean =>
  records.split("\n").every((line) => lineKeys(line).time < before);
