import { hourMs } from "./entities.ts";

/** The first moment of the month in UTC, and of the one after it. */
export const monthStart = (at: number): number => {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
};
export const nextMonth = (at: number): number => {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
};

export const hoursOfMonth = (at: number): number => (nextMonth(at) - monthStart(at)) / hourMs;

export type Step = "HOURLY" | "DAILY" | "MONTHLY";

export interface Span {
  readonly from: number;
  /** Not part of it. */
  readonly to: number;
}

/** The span cut at every hour, midnight or first of a month; the ends stay as they are. */
export function periodsOf({ from, to }: Span, step: Step): Span[] {
  const size = step === "HOURLY" ? hourMs : 24 * hourMs;
  const periods: Span[] = [];
  for (let at = from; at < to; ) {
    const next = step === "MONTHLY" ? nextMonth(at) : (Math.floor(at / size) + 1) * size;
    periods.push({ from: at, to: Math.min(next, to) });
    at = next;
  }
  return periods;
}
