import type { Operation, Operations } from "../../operation.ts";
import { withDryRun } from "./dry-run.ts";
import { createTags } from "./operations/create-tags.ts";
import { deleteTags } from "./operations/delete-tags.ts";
import { describeTags } from "./operations/describe-tags.ts";

const all: readonly Operation[] = [createTags, deleteTags, describeTags];

export const ec2Operations: Operations = new Map(
  all.map((operation) => [operation.name, withDryRun(operation)] as const),
);
