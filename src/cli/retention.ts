import { OperatorError } from "../errors.ts";

/** LookupEvents answers for 90 days. */
const retentionLeastDays = 90;

/** `400d` → milliseconds. */
export function readRetention(given: string): number {
  const days = Number(/^(\d{1,5})d$/.exec(given)?.[1]);
  if (days >= retentionLeastDays) return days * 86_400_000;
  throw new OperatorError(
    `Cannot keep the trail for "${given}": it is not a number of days from ${retentionLeastDays}d on`,
    "LookupEvents answers for 90 days; write 400d",
  );
}
