import type { Change, Entity } from "../store/entities.ts";
import { isOf, Overtaken, type Post, type Standing } from "./book.ts";
import {
  type AccountTrail,
  type Delivery,
  everything,
  type LogFile,
  type Round,
  type Span,
  type Stream,
} from "./entities.ts";
import { logFilesOf, type WrittenFile } from "./log-file.ts";
import { isOwnTrace, type Line, type Selected, selectLines } from "./selection.ts";
import type { Window } from "./window.ts";

/**
 * unwanted: nothing here is for this span. started: its first record is here, and it does not want that either. waits:
 * nothing but what deliveries leave behind. delivered, ended: written and committed.
 */
export type Came = "unwanted" | "started" | "waits" | "delivered" | "ended";

/**
 * A round delivers what a span wants of a window, exactly once:
 *
 *   1. what is about to be written is committed: up to which record, as of when, for which trail
 *   2. the log files are written, whose names and bytes follow from that alone
 *   3. the cursor is moved past them, with what digest files need, in one transaction
 *
 * After a crash in between, 2 is done again and writes the same files.
 */
export async function deliverWindow(
  post: Post,
  standing: Standing,
  span: Entity<Span>,
  window: Window,
  { newest }: { newest: boolean },
): Promise<Came> {
  const trail = span.content.round?.trail ?? standing.trail;
  if (!trail) return "unwanted";
  const lines = linesOf(post, trail, window, span.content.cursor);
  const selected = selectLines(span.content, trail, lines);
  const { groups, started, ended } = selected;
  if (!span.content.round && !ended) {
    const traces = [...groups.values()].every((group) => group.every((line) => isOwnTrace(line, trail)));
    // Traces of deliveries wait for something else to be delivered with; a round would only leave another trace.
    if (groups.size > 0 && traces && newest) return "waits";
    if (groups.size === 0) return started && span.content.start !== undefined ? "started" : "unwanted";
  }
  const round = span.content.round ?? { until: window.until, at: post.clocks.domain(), trail };
  const begun = span.content.round ? span : await begin(post, span, round);
  const written = await write(post, begun.content, round, selected);
  await finish(post, standing, begun, round, { written, ended });
  return ended ? "ended" : "delivered";
}

function linesOf(post: Post, trail: AccountTrail, window: Window, after: number): Line[] {
  const accounts = [...window.lines.keys()].filter((account) => isOf(post.entities, trail, account));
  const lines = accounts.flatMap((account) => window.lines.get(account) ?? []);
  return lines.filter(({ number }) => number > after).toSorted((a, b) => a.number - b.number);
}

async function begin(post: Post, span: Entity<Span>, round: Round): Promise<Entity<Span>> {
  await post.commit([post.entities.put<Span>(span, { ...span.content, round })]);
  return post.entities.get<Span>("trail-span", span.row.id) ?? span;
}

async function write(
  post: Post,
  span: Span,
  { until, at, trail }: Round,
  { groups }: Selected,
): Promise<ReadonlyMap<string, readonly WrittenFile[]>> {
  const written = new Map<string, readonly WrittenFile[]>();
  for (const [name, lines] of groups) {
    const files = await logFilesOf(lines, trail, { seed: `${trail.delivery}\n${span.cursor}\n${until}`, at });
    for (const { bucket, object, bytes } of files) {
      if (trail.kmsKey !== undefined) await post.useKey(trail, `${bucket}/${object}`);
      await post.buckets.put(bucket, object, bytes);
    }
    written.set(name, files);
  }
  return written;
}

const triesMost = 5;

/** Its owner may have stopped it meanwhile: that stays. */
async function finish(
  post: Post,
  { delivery }: Standing,
  begun: Entity<Span>,
  { until, at, trail }: Round,
  { written, ended }: { written: ReadonlyMap<string, readonly WrittenFile[]>; ended: boolean },
): Promise<void> {
  const { entities } = post;
  for (let tries = 1; ; tries++) {
    const span = entities.get<Span>("trail-span", begun.row.id);
    const state = entities.get<Delivery>("trail-delivery", delivery.row.id);
    if (!span || !state) throw new Error("a delivery has gone while it was made");
    const { start: _found, round: _done, ...kept } = span.content;
    const { error: _mended, ...before } = state.content;
    const delivered = written.size > 0 ? { deliveredAt: at } : {};
    const changes = [
      entities.put<Span>(span, { ...kept, cursor: until, ...(ended && { ended }) }),
      entities.put<Delivery>(state, { ...before, attemptedAt: at, ...delivered }),
      ...(trail.validation ? [...written].flatMap(([name, files]) => inStream(post, trail, at, name, files)) : []),
    ];
    try {
      return await post.commit(changes);
    } catch (error) {
      if (!(error instanceof Overtaken) || tries === triesMost) throw error;
    }
  }
}

/** A stream in which something happens (again). Its next digest file is later than the last one. */
export function awake(
  stream: Stream | undefined,
  { account, region }: Pick<Stream, "account" | "region">,
  at: number,
): Stream {
  if (!stream) return { account, region, end: at, files: 0, writtenAt: at };
  const { asleep, ...content } = stream;
  if (asleep === undefined) return content;
  const { previous: _previous, previousBackfill: _backfill, ...anew } = content;
  return { ...(asleep === "closed" ? anew : content), end: Math.max(at, content.end) };
}

/** Log files wait for the next digest file of their account and Region. */
function inStream(post: Post, trail: AccountTrail, at: number, name: string, files: readonly WrittenFile[]): Change[] {
  const { entities } = post;
  const id = `${trail.delivery}/${name}`;
  const [account = "", region = ""] = name.split("/");
  const stream = entities.get<Stream>("trail-stream", id);
  const before = awake(stream?.content, { account, region }, at);
  const content: Stream = { ...before, files: before.files + files.length, writtenAt: at };
  const rows = files.map(({ bytes: _bytes, ...file }, index) =>
    entities.create<LogFile>("trail-log-file", `${id}/${String(before.files + index + 1).padStart(12, "0")}`, file, {
      scope: everything,
      parent: id,
    }),
  );
  const placement = { scope: everything, parent: trail.delivery };
  return [stream ? entities.put(stream, content) : entities.create("trail-stream", id, content, placement), ...rows];
}
