import type { Operation, Operations } from "../../operation.ts";
import { completeSnapshot } from "./operations/complete-snapshot.ts";
import { getSnapshotBlock } from "./operations/get-snapshot-block.ts";
import { listChangedBlocks, listSnapshotBlocks } from "./operations/list-blocks.ts";
import { putSnapshotBlock } from "./operations/put-snapshot-block.ts";
import { startSnapshot } from "./operations/start-snapshot.ts";

const all: readonly Operation[] = [
  completeSnapshot,
  getSnapshotBlock,
  listChangedBlocks,
  listSnapshotBlocks,
  putSnapshotBlock,
  startSnapshot,
];

export const ebsOperations: Operations = new Map(all.map((operation) => [operation.name, operation]));
