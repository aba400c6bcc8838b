import type { Cost } from "../meter/cost.ts";
import { type Saving, WhatIf } from "../meter/what-if.ts";
import { readEvery, readerOf } from "./audit-tail.ts";
import { type Command, command, type Flags, noMore, type Terminal, UsageError } from "./command.ts";
import { costLines, savingLines } from "./cost-lines.ts";
import { askInstallation, installation, installationFlags, installationHelp } from "./installation.ts";

const help = `claviger cost [--month 2026-01 | --from DATE --to DATE] [--by account|region|key|operation] [--what-if] [--json]

Says what this installation would cost on AWS: every customer managed key by the hour, every request at its price, from
the audit trail. Without dates it is the running month, up to now. Only the account that operates the installation may
ask; what one account would pay, its own principals ask in Cost Explorer's words: aws ce get-cost-and-usage.

With --what-if it also says how many requests would have been saved by using data keys again: calls of GenerateDataKey
and Decrypt that repeat the principal, the key and the encryption context of a call at most --minutes before it. The
trail does not say which ciphertext was decrypted or in how many processes a principal runs, so it is what could be
saved at most; and a data key that is used longer protects more when it is known and is worth more to a thief.

  --month           a month, such as 2026-01
  --from, --to      dates, such as 2026-01-31; the second is not part of it
  --by              what to divide the cost by; default key
  --what-if         what using data keys again would save
  --minutes N       how long a data key would be used; default 5
  --messages N      for how many messages; default 1000
${installationHelp}
  --json            for programs

  claviger cost
  claviger cost --month 2026-01 --by account
  claviger cost --by operation --what-if --minutes 60`;

const kinds = {
  ...installationFlags,
  month: "text",
  from: "text",
  to: "text",
  by: "text",
  minutes: "text",
  messages: "text",
  "what-if": "switch",
  json: "switch",
} as const;

export const cost: Command = command(help, kinds, async ({ flags, positionals }, terminal) => {
  noMore(positionals);
  const by = flags.by ?? "key";
  const query = new URLSearchParams({ ...spanOf(flags), by }).toString();
  const reuse = {
    minutes: readCount("--minutes", flags.minutes ?? "5"),
    messages: readCount("--messages", flags.messages ?? "1000"),
  };
  const answer = await askInstallation<Cost>(installation(flags, terminal), "GET", `cost?${query}`);
  const savings = flags["what-if"] ? await savingsOf(answer, reuse, flags, terminal) : undefined;
  if (flags.json) terminal.print(JSON.stringify({ ...answer, ...(savings && { whatIf: { ...reuse, savings } }) }));
  else for (const line of costLines(answer, by)) terminal.print(line);
  if (savings && !flags.json) for (const line of savingLines(savings, reuse)) terminal.print(line);
  return 0;
});

type CostFlags = Flags<typeof kinds>;

/** The records themselves are needed here: hours do not say what followed what. */
async function savingsOf(
  { from, to }: Cost,
  reuse: { minutes: number; messages: number },
  flags: CostFlags,
  terminal: Terminal,
): Promise<Saving[]> {
  const whatIf = new WhatIf(reuse, Date.parse(from), Date.parse(to));
  const { json: _json, ...asked } = flags;
  await readEvery(await readerOf(asked, terminal), (line) => whatIf.take(line));
  return whatIf.savings();
}

function spanOf({ month, from, to }: CostFlags): { from?: string; to?: string } {
  if (month === undefined) return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  if (from !== undefined || to !== undefined) throw new UsageError("Cannot take --month and --from or --to at once");
  const [, year = "", number = ""] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month) ?? [];
  if (year === "") throw new UsageError(`Cannot understand the month "${month}": write 2026-01`);
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  return { from: `${month}-01`, to: day(Date.UTC(Number(year), Number(number))) };
}

function readCount(flag: string, given: string): number {
  const count = Number(given);
  if (Number.isInteger(count) && count > 0 && count <= 1_000_000) return count;
  throw new UsageError(`Cannot take ${flag} "${given}": it is not a number from 1 to 1000000`);
}
