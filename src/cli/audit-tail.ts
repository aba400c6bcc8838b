import { setTimeout as wait } from "node:timers/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "../errors.ts";
import type { Terminal } from "./command.ts";
import { askInstallation, installation, type InstallationFlags } from "./installation.ts";
import { recordLine, type TrailRecord } from "./record-line.ts";

export interface TrailFlags extends InstallationFlags {
  readonly data?: string;
  readonly json?: true;
}

interface Portion {
  readonly lines: readonly string[];
  readonly next: number;
}

/** Records after number `after`, oldest first, at most `limit`. */
export type ReadTrail = (after: number, limit: number) => Promise<Portion>;

const portion = 1000;
const followMs = 1000;

export async function showTail(
  flags: TrailFlags & { readonly lines: number; readonly follow?: true },
  terminal: Terminal,
): Promise<number> {
  const read = await readerOf(flags, terminal);
  const { kept, next: last } = await lastRecords(read, flags.lines);
  const show = (line: string) =>
    terminal.print(flags.json ? line : recordLine(JSON.parse(line) as TrailRecord, terminal.columns));
  kept.forEach(show);
  let next = last;
  while (flags.follow) {
    await wait(followMs);
    const { lines, next: after } = await read(next, portion);
    next = after;
    // Reading over the wire is a call like any other; showing it would never come to an end.
    lines.filter((line) => flags.data !== undefined || !line.includes('"eventName":"ReadAudit"')).forEach(show);
  }
  return 0;
}

/** From the data folder, or over the wire. */
export const readerOf = async (flags: TrailFlags, terminal: Terminal): Promise<ReadTrail> =>
  flags.data === undefined ? overTheWire(flags, terminal) : await fromFolder(flags.data);

/** Every record once, oldest first. */
export async function readEvery(read: ReadTrail, take: (line: string) => void): Promise<number> {
  for (let next = 0; ; ) {
    const { lines, next: after } = await read(next, portion);
    lines.forEach(take);
    next = after;
    if (lines.length < portion) return next;
  }
}

/** Read once from the start: what is kept is bounded by what was asked for. */
async function lastRecords(read: ReadTrail, most: number): Promise<{ kept: string[]; next: number }> {
  const kept: string[] = [];
  const next = await readEvery(read, (line) => {
    kept.push(line);
    if (kept.length > most) kept.shift();
  });
  return { kept, next };
}

function overTheWire(flags: InstallationFlags, terminal: Terminal): ReadTrail {
  const endpoint = installation(flags, terminal);
  return (after, limit) => askInstallation<Portion>(endpoint, "GET", `audit?after=${after}&limit=${limit}`);
}

async function fromFolder(folder: string): Promise<ReadTrail> {
  requireStore(folder);
  const { TrailReader, linesFrom } = await import("../store/trail/reader.ts");
  const reader = new TrailReader(join(folder, "claviger.db"));
  return async (after, limit) => linesFrom(reader, after, limit);
}

export function requireStore(folder: string): void {
  if (!existsSync(join(folder, "claviger.db")))
    throw new OperatorError(
      `Cannot read the trail in "${folder}": there is no claviger.db`,
      "name the data folder of a service",
    );
}
