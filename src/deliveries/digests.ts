import type { Change, Entity } from "../store/entities.ts";
import { allOf, Overtaken, type Post, type Standing } from "./book.ts";
import { awake } from "./rounds.ts";
import { signedDigest } from "./digest-file.ts";
import {
  type AccountTrail,
  type Delivery,
  everything,
  type LogFile,
  type PreviousDigest,
  type Stream,
} from "./entities.ts";

const hourMs = 3_600_000;

/** A Region in which nothing was delivered for a day rests. Differs: AWS goes on with empty digest files for ever. */
const restAfterMs = 24 * hourMs;

/** Hours that were missed (the service did not run, the clock was moved) and get digest files of their own. */
const missedMost = 24;

/** Log files named by one digest file. */
const filesMost = 10_000;

/** What a digest file covers, and what is in it. */
interface Due {
  readonly stream: Entity<Stream>;
  readonly end: number;
  readonly files: readonly Entity<LogFile>[];
  readonly late: boolean;
  /** The chain ends with it. */
  readonly last: boolean;
}

/** Every digest file that is due; the last one when logging has stopped and all of it is delivered. */
export async function deliverDigests(post: Post, standing: Standing): Promise<void> {
  const { trail } = standing;
  if (!trail?.validation) return await forgetStreams(post, standing);
  const ended = standing.open.length === 0;
  if (!ended) await ensureHome(post, standing, trail);
  for (const stream of streamsOf(post, standing)) await catchUp(post, standing, trail, stream.row.id, ended);
}

const streamsOf = ({ entities }: Post, { delivery }: Standing): Entity<Stream>[] => [
  ...allOf<Stream>(entities, "trail-stream", delivery.row.id),
];

/** A trail's own account and Region has digest files from the start, whether anything happens there or not. */
async function ensureHome(post: Post, { delivery }: Standing, trail: AccountTrail): Promise<void> {
  const { account, homeRegion: region } = trail;
  const id = `${delivery.row.id}/${account}/${region}`;
  const stream = post.entities.get<Stream>("trail-stream", id);
  if (stream && stream.content.asleep === undefined) return;
  const content = awake(stream?.content, { account, region }, post.clocks.domain());
  const placement = { scope: everything, parent: delivery.row.id };
  const { entities } = post;
  await post.commit([stream ? entities.put(stream, content) : entities.create("trail-stream", id, content, placement)]);
}

/** Without log file validation there is no chain; what comes later begins a new one. */
export async function forgetStreams(post: Post, standing: Standing): Promise<void> {
  for (const stream of streamsOf(post, standing)) await removeStream(post, stream);
}

async function removeStream(post: Post, stream: Entity<Stream>): Promise<void> {
  const files = [...allOf<LogFile>(post.entities, "trail-log-file", stream.row.id)];
  await post.commit([post.entities.delete(stream), ...files.map((file) => post.entities.delete(file))]);
}

async function catchUp(post: Post, standing: Standing, trail: AccountTrail, id: string, ended: boolean): Promise<void> {
  for (;;) {
    const stream = post.entities.get<Stream>("trail-stream", id);
    if (!stream || stream.content.asleep === "closed") return;
    const due = nextDigest(post, stream, trail, ended);
    if (due === "nothing") return;
    if ("last" in due) await writeDigest(post, standing, trail, { stream, ...due });
    else await post.commit([post.entities.put<Stream>(stream, { ...stream.content, ...due })]);
  }
}

/** What comes next in a stream: a digest file, or a change to the stream alone. */
function nextDigest(
  post: Post,
  { row, content }: Entity<Stream>,
  trail: AccountTrail,
  ended: boolean,
): Omit<Due, "stream"> | Partial<Stream> | "nothing" {
  const { end, writtenAt, account, region, asleep, closing } = content;
  const now = post.clocks.domain();
  const hours = asleep ? 0 : Math.floor((now - end) / hourMs);
  const files = firstFiles(post, row.id);
  // Begun is finished, though logging may have started again meanwhile.
  if (closing !== undefined) return { end: closing, files, late: false, last: true };
  if (hours < 1) {
    if (!ended) return "nothing";
    // Its name has seconds: it must not be that of the digest file before.
    return asleep ? { asleep: "closed" } : { closing: Math.max(now, end + 1000) };
  }
  if (files.length > 0) return { end: end + hourMs, files, late: false, last: false };
  const home = account === trail.account && region === trail.homeRegion;
  if (!home && !ended && now - writtenAt > restAfterMs) return { asleep: "resting" };
  if (hours > missedMost) return { end: end + (hours - missedMost) * hourMs };
  return { end: end + hourMs, files, late: hours > 1, last: false };
}

function firstFiles({ entities }: Post, id: string): Entity<LogFile>[] {
  const files: Entity<LogFile>[] = [];
  for (const file of allOf<LogFile>(entities, "trail-log-file", id)) {
    if (files.length >= filesMost) break;
    files.push(file);
  }
  return files;
}

/**
 * Hours that were missed, and have no log files, stand in a chain of their own, as CloudTrail's backfill does. Every
 * digest file with log files is in the one chain that goes through all of them, so that none can be taken out.
 */
async function writeDigest(post: Post, standing: Standing, trail: AccountTrail, due: Due): Promise<void> {
  const { stream, end, files, late } = due;
  const { account, region, end: start, previous, previousBackfill } = stream.content;
  const now = post.clocks.domain();
  const signer = await post.keys.signer(region, now);
  const digest = await signedDigest({
    trail,
    account,
    region,
    start,
    end,
    files: files.map(({ content }) => content),
    previous: late ? previousBackfill : previous,
    ...signer,
    ...(late && { backfilledAt: now }),
  });
  const { bytes, metadata, ...link } = digest;
  await post.buckets.put(link.bucket, link.object, bytes, metadata);
  await linkDigest(post, standing, due, link, now);
}

const triesMost = 5;

async function linkDigest(
  post: Post,
  { delivery }: Standing,
  due: Due,
  link: PreviousDigest,
  now: number,
): Promise<void> {
  const { entities } = post;
  const { stream, end, files, late, last } = due;
  for (let tries = 1; ; tries++) {
    const state = entities.get<Delivery>("trail-delivery", delivery.row.id);
    if (!state) throw new Error("a delivery has gone while its digest file was made");
    const { digestError: _mended, ...before } = state.content;
    const linked = late ? { previousBackfill: link } : { previous: link };
    const { closing: _closed, ...content } = stream.content;
    const changes: Change[] = [
      entities.put<Stream>(stream, { ...content, ...linked, end, ...(last && { asleep: "closed" }) }),
      entities.put<Delivery>(state, { ...before, digestAt: now }),
      ...files.map((file) => entities.delete(file)),
    ];
    try {
      return await post.commit(changes);
    } catch (error) {
      if (!(error instanceof Overtaken) || tries === triesMost) throw error;
    }
  }
}
