import type { Change, Entity } from "../store/entities.ts";
import { allOf, Overtaken, type Post, type Standing } from "./book.ts";
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
  await ensureHome(post, standing, trail, ended);
  for (const stream of streamsOf(post, standing)) await catchUp(post, standing, trail, stream.row.id, ended);
}

const streamsOf = ({ entities }: Post, { delivery }: Standing): Entity<Stream>[] => [
  ...allOf<Stream>(entities, "trail-stream", delivery.row.id),
];

/** A trail's own account and Region has digest files from the start, whether anything happens there or not. */
async function ensureHome(post: Post, { delivery }: Standing, trail: AccountTrail, ended: boolean): Promise<void> {
  const { account, homeRegion: region, startedAt } = trail;
  const id = `${delivery.row.id}/${account}/${region}`;
  if (ended || startedAt === undefined || post.entities.get("trail-stream", id)) return;
  const now = post.clocks.domain();
  const stream: Stream = { account, region, end: now, files: 0, writtenAt: now };
  const placement = { scope: everything, parent: delivery.row.id };
  await post.commit([post.entities.create("trail-stream", id, stream, placement)]);
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
    if (!stream) return;
    const now = post.clocks.domain();
    const files = firstFiles(post, id);
    const { end, writtenAt, account, region, resting } = stream.content;
    const hours = Math.floor((now - end) / hourMs);
    const home = account === trail.account && region === trail.homeRegion;
    if (hours < 1 || resting) {
      if (!ended) return;
      if (files.length === 0 && resting) return await removeStream(post, stream);
      await writeDigest(post, standing, trail, { stream, end: Math.max(now, end), files, late: false, last: true });
    } else if (files.length > 0) {
      await writeDigest(post, standing, trail, { stream, end: end + hourMs, files, late: false, last: false });
    } else if (!home && !ended && now - writtenAt > restAfterMs) {
      await post.commit([post.entities.put<Stream>(stream, { ...stream.content, resting: true })]);
    } else if (hours > missedMost) {
      const skipped = end + (hours - missedMost) * hourMs;
      await post.commit([post.entities.put<Stream>(stream, { ...stream.content, end: skipped })]);
    } else {
      await writeDigest(post, standing, trail, { stream, end: end + hourMs, files, late: hours > 1, last: false });
    }
  }
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
    const changes: Change[] = [
      last ? entities.delete(stream) : entities.put<Stream>(stream, { ...stream.content, ...linked, end }),
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
