import type { Amount, Cost } from "../meter/cost.ts";
import type { Reuse, Saving } from "../meter/what-if.ts";

/** A table, dearest first, and a bar for every day or month. */
export function costLines({ from, to, pricesAsOf, currency, total, rows, more, days }: Cost, by: string): string[] {
  const head = [by, "key months", "requests", "free", currency];
  const table = [head, ...rows.map(({ name, ...amount }) => cells(name, amount)), cells("total", total)];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart((widths[at] ?? 0) + 2))).join("");
  const drawn = table.map(line);
  if (more > 0) drawn.splice(-1, 0, `and ${more} more`);
  return [
    `What ${shown(from)} to ${shown(to)} UTC costs on AWS, at the prices of ${pricesAsOf}`,
    "",
    ...drawn,
    "",
    ...chart(days),
  ];
}

const shown = (text: string): string => text.slice(0, 16).replace("T", " ");

const cells = (name: string, { keyMonths, requests, free, usd }: Amount): string[] => [
  name,
  keyMonths === 0 ? "" : keyMonths.toFixed(3),
  requests === 0 ? "" : Math.round(requests).toLocaleString("en-US"),
  free === 0 ? "" : Math.round(free).toLocaleString("en-US"),
  money(usd),
];

/** Small amounts need their places: one request is three millionths. */
const money = (usd: number): string => (usd >= 1 || usd === 0 ? usd.toFixed(2) : usd.toFixed(6));

const barMost = 40;
const barsMost = 62;

function chart(days: Cost["days"]): string[] {
  const bars = new Map<string, number>();
  for (const { day, usd } of days) {
    const name = days.length > barsMost ? day.slice(0, 7) : day;
    bars.set(name, (bars.get(name) ?? 0) + usd);
  }
  const most = Math.max(...bars.values());
  const first = [...bars].findIndex(([, usd]) => usd > 0);
  // What was before the first cost is no news.
  return [...bars].slice(first < 0 ? bars.size : first).map(([name, usd]) => {
    const bar = "█".repeat(most > 0 ? Math.ceil((usd / most) * barMost) : 0);
    return `${name}  ${bar}${bar === "" ? "" : " "}${money(usd)}`;
  });
}

export function savingLines(savings: readonly Saving[], { minutes, messages }: Reuse): string[] {
  const head = `What if every data key were used for ${minutes} minutes or ${messages} messages`;
  if (savings.length === 0) return ["", `${head}: nobody asked for one.`];
  const lines = savings.map(({ by, calls, saved, usd }) => {
    const share = Math.round((saved / calls) * 100);
    return `  ${by.padEnd(20)}${saved} of ${calls} calls less (${share} %), ${money(usd)} USD`;
  });
  return ["", `${head}:`, ...lines, ...honest];
}

const honest: readonly string[] = [
  "This is the most that it could be: the trail does not say which ciphertext was decrypted, nor in how many processes",
  "a principal runs, and each has a cache of its own. Calls within the free tier save nothing. A data key that is used",
  "longer lies in memory longer, and protects more; what is decrypted from a cache leaves no record.",
];
