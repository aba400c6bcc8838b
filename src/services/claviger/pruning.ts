import { refuse } from "../../errors.ts";
import type { Call } from "../../operation.ts";

const dayMs = 86_400_000;

/** How far back LookupEvents answers (iam.md, section 6). */
const lookUpDays = 90;

export interface Pruning {
  readonly before: number;
  readonly dryRun: boolean;
  readonly force: boolean;
}

/** `{ "before": "2026-01-31T00:00:00Z" }` or `{ "keepSeconds": 34560000 }`, with `dryRun` and `force`. */
export async function pruneAudit(
  input: Record<string, unknown>,
  call: Call,
  prune: (asked: Pruning) => Promise<object>,
): Promise<{ answer: object }> {
  const { before: date, keepSeconds, dryRun = false, force = false } = input;
  if (typeof dryRun !== "boolean" || typeof force !== "boolean")
    refuse("ValidationException", "dryRun and force are true or false.");
  const dated = typeof date === "string" ? Date.parse(date) : Number.NaN;
  const kept = typeof keepSeconds === "number" && keepSeconds >= 0 ? call.now - keepSeconds * 1000 : Number.NaN;
  const before = date === undefined ? kept : dated;
  if (!Number.isFinite(before) || (date !== undefined && keepSeconds !== undefined))
    refuse("ValidationException", "Say before, a date, or keepSeconds.");
  if (before > call.now - lookUpDays * dayMs && !force && !dryRun)
    refuse("ValidationException", `LookupEvents answers for ${lookUpDays} days: what is younger goes by force only.`);
  try {
    return { answer: await prune({ before: Math.min(before, call.now), dryRun, force }) };
  } catch (error) {
    return refuse("PruningRefusedException", error instanceof Error ? error.message : String(error), 409);
  }
}
