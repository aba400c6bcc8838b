import { refuse } from "../../errors.ts";
import { monthStart, nextMonth, type Span, type Step } from "../../meter/months.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Cost Explorer shows so many months at most, and so many days by the hour or by resource. */
const monthsMost = 38;
const detailDaysMost = 14;

export interface DateInterval {
  Start: string;
  End: string;
}

/** Reads the interval, whose End is not part of it. Throws in AWS's words for what cannot be shown. */
export function readTimePeriod({ Start, End }: DateInterval, step: Step, now: number, byResource = false): Span {
  const from = readTime("Start", Start, step);
  const to = readTime("End", End, step);
  if (from >= to) refuse("ValidationException", "Start date (and hour) should be before end date (and hour)");
  if (to > nextMonth(now)) refuse("ValidationException", "end date past the beginning of next month");
  if (from >= now) refuse("DataUnavailableException", "Data is not available. Please try to adjust the time period.");
  const date = new Date(now);
  if (from < Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - monthsMost))
    refuse("BillExpirationException", "The requested report expired. Update the date interval and try again.");
  if ((step === "HOURLY" || byResource) && from < Math.floor(now / dayMs) * dayMs - detailDaysMost * dayMs)
    refuse(
      "ValidationException",
      `${byResource ? "Resource level" : "Hourly"} data is only available for the past ${detailDaysMost} days.`,
    );
  return { from, to };
}

function readTime(name: string, text: string, step: Step): number {
  const shape = step === "HOURLY" ? /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/ : /^\d{4}-\d\d-\d\d$/;
  const at = shape.test(text) ? Date.parse(text) : NaN;
  const spelled = step === "HOURLY" ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd";
  // Date.parse takes February 30 for March 2.
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(text.slice(0, 10)))
    refuse("ValidationException", `${name} time ${text} is invalid. Valid format is: ${spelled}.`);
  if (at % hourMs !== 0) refuse("ValidationException", `${name} time ${text} is invalid: it is not a full hour.`);
  return at;
}

/** As the answer writes the ends of a period. */
export const writeInterval = ({ from, to }: Span, step: Step): DateInterval => {
  const text = (at: number) => new Date(at).toISOString().slice(0, step === "HOURLY" ? 19 : 10);
  const zone = step === "HOURLY" ? "Z" : "";
  return { Start: text(from) + zone, End: text(to) + zone };
};

/** The running month's bill is not made yet. */
export const isEstimated = ({ to }: Span, now: number): boolean => to > monthStart(now);
