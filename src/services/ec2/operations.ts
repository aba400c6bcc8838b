import type { Operation, Operations } from "../../operation.ts";
import { accountOperations } from "./account-operations.ts";
import { withDryRun } from "./dry-run.ts";
import { imageOperations } from "./images/operations.ts";
import { instanceOperations } from "./instances/operations.ts";
import { createTags } from "./operations/create-tags.ts";
import { deleteTags } from "./operations/delete-tags.ts";
import { describeTags } from "./operations/describe-tags.ts";
import { snapshotOperations } from "./snapshots/operations.ts";
import { volumeOperations } from "./volumes/operations.ts";

const all: readonly Operation[] = [
  ...accountOperations,
  ...imageOperations,
  ...instanceOperations,
  ...snapshotOperations,
  ...volumeOperations,
  createTags,
  deleteTags,
  describeTags,
];

export const ec2Operations: Operations = new Map(
  all.map((operation) => [operation.name, withDryRun(operation)] as const),
);
