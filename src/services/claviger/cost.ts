import { refuse } from "../../errors.ts";
import type { Call } from "../../operation.ts";

const dayMs = 86_400_000;
const daysMost = 1200;
const divisions = ["account", "region", "key", "operation"] as const;

/** What a report of cost is asked for: domain milliseconds, `to` not part of it. */
export interface CostAsked {
  readonly from: number;
  readonly to: number;
  readonly by: (typeof divisions)[number];
}

/** `from` and `to` are ISO 8601; without them it is the running month. */
export function readCostAsked({ from, to, by = "key" }: Record<string, unknown>, call: Call): CostAsked {
  const now = new Date(call.now);
  const month = Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
  const span = { from: readTime(from, month), to: readTime(to, call.now) };
  if (span.from >= span.to) refuse("ValidationException", "from must be before to.");
  if (span.to - span.from > daysMost * dayMs) refuse("ValidationException", `At most ${daysMost} days in one report.`);
  const division = divisions.find((one) => one === by);
  return { ...span, by: division ?? refuse("ValidationException", `by is one of ${divisions.join(", ")}.`) };
}

function readTime(given: unknown, otherwise: number): number {
  if (given === undefined) return otherwise;
  const at = typeof given === "string" && /^\d{4}-\d\d-\d\d(T[\d:.]{1,15}Z)?$/.test(given) ? Date.parse(given) : NaN;
  return Number.isNaN(at) ? refuse("ValidationException", "from and to are dates, such as 2026-01-31.") : at;
}
