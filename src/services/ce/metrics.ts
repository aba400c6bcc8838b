import { refuse } from "../../errors.ts";
import type { Line } from "./lines.ts";

/** What a group comes to. */
export interface Measured {
  usd: number;
  requests: number;
  keyMonths: number;
}

export const nothing = (): Measured => ({ usd: 0, requests: 0, keyMonths: 0 });

export function addLine(sum: Measured, { of, quantity, usd }: Line): void {
  sum.usd += usd;
  if (of === "key") sum.keyMonths += quantity;
  else sum.requests += quantity;
}

interface Amount {
  readonly Amount: string;
  readonly Unit: string;
}

const cost = ({ usd }: Measured): Amount => ({ Amount: numberText(usd), Unit: "USD" });

/** Nothing is reserved, discounted or shared here: every cost is the cost. */
const metrics: Readonly<Record<string, (sum: Measured) => Amount>> = {
  AmortizedCost: cost,
  BlendedCost: cost,
  NetAmortizedCost: cost,
  NetUnblendedCost: cost,
  NormalizedUsageAmount: () => ({ Amount: "0", Unit: "N/A" }),
  UnblendedCost: cost,
  // Sums of requests and keys are asked for, too; they have no unit.
  UsageQuantity: ({ requests, keyMonths }) => ({
    Amount: numberText(requests + keyMonths),
    Unit: requests > 0 && keyMonths > 0 ? "N/A" : keyMonths > 0 ? "Keys" : requests > 0 ? "Requests" : "N/A",
  }),
};

/** AWS takes `UnblendedCost` and `UNBLENDED_COST`. */
const spellings = new Map(
  Object.keys(metrics).flatMap((name) => [
    [name, name],
    [name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toUpperCase(), name],
  ]),
);

/** The metrics' names as the answer spells them. Throws ValidationException. */
export function readMetrics(given: readonly string[]): string[] {
  if (given.length === 0) refuse("ValidationException", "Metrics must not be empty.");
  return given.map(
    (name) =>
      spellings.get(name) ??
      refuse(
        "ValidationException",
        `Invalid metric name: ${name}. Valid values are ${Object.keys(metrics).join(", ")}`,
      ),
  );
}

export const amounts = (sum: Measured, names: readonly string[]): Record<string, Amount> =>
  Object.fromEntries(names.map((name) => [name, metrics[name]!(sum)]));

/** At most ten places, as AWS's bills have them. */
function numberText(value: number): string {
  const [whole = "0", places = ""] = value.toFixed(10).split(".");
  let end = places.length;
  while (end > 0 && places[end - 1] === "0") end -= 1;
  return end === 0 ? whole : `${whole}.${places.slice(0, end)}`;
}
