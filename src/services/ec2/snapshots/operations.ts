import type { Operation } from "../../../operation.ts";
import { copySnapshot } from "../operations/copy-snapshot.ts";
import { createSnapshot } from "../operations/create-snapshot.ts";
import { createSnapshots } from "../operations/create-snapshots.ts";
import { deleteSnapshot } from "../operations/delete-snapshot.ts";
import { describeSnapshots } from "../operations/describe-snapshots.ts";
import {
  describeSnapshotAttribute,
  modifySnapshotAttribute,
  resetSnapshotAttribute,
} from "../operations/snapshot-attribute.ts";

export const snapshotOperations: readonly Operation[] = [
  copySnapshot,
  createSnapshot,
  createSnapshots,
  deleteSnapshot,
  describeSnapshotAttribute,
  describeSnapshots,
  modifySnapshotAttribute,
  resetSnapshotAttribute,
];
