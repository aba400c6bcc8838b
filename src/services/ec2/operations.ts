import type { Operation, Operations } from "../../operation.ts";
import { accountOperations } from "./account-operations.ts";
import { withDryRun } from "./dry-run.ts";
import { imageOperations } from "./images/operations.ts";
import { createTags } from "./operations/create-tags.ts";
import { createVolume } from "./operations/create-volume.ts";
import { deleteTags } from "./operations/delete-tags.ts";
import { deleteVolume } from "./operations/delete-volume.ts";
import { describeTags } from "./operations/describe-tags.ts";
import { describeVolumes } from "./operations/describe-volumes.ts";
import { snapshotOperations } from "./snapshots/operations.ts";

const all: readonly Operation[] = [
  ...accountOperations,
  ...imageOperations,
  ...snapshotOperations,
  createTags,
  createVolume,
  deleteTags,
  deleteVolume,
  describeTags,
  describeVolumes,
];

export const ec2Operations: Operations = new Map(
  all.map((operation) => [operation.name, withDryRun(operation)] as const),
);
