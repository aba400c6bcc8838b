import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import { forwarders, voiceOf } from "../../../volumes/kms-voice.ts";
import { askEbs, findComplete, snapshotResource } from "../find-snapshot.ts";
import { invalid, refuseDependency } from "../refuse-ebs.ts";
import { blockToken, blockTokenSeconds, pageToken, readPageToken } from "../tokens.ts";

interface Paged {
  NextToken?: string;
  MaxResults?: number;
  StartingBlockIndex?: number;
}

const resultsDefault = 10_000;
const blockSize = 524_288;

const parametersOf = ({ MaxResults, StartingBlockIndex }: Paged): object => ({
  ...(MaxResults !== undefined && { maxResults: MaxResults }),
  ...(StartingBlockIndex !== undefined && { startingBlockIndex: StartingBlockIndex }),
});

/** Listing asks KMS whether the key is there for the caller (flows.md, section 2.2). */
async function describeKeyOf({ content }: Entity<Snapshot>, call: Call): Promise<void> {
  const { kms } = content.key;
  if (!kms) return;
  await voiceOf(call, forwarders.direct())("DescribeKey", { KeyId: kms.keyArn }).catch((error: unknown) =>
    refuseDependency(error, "KMS key not found"),
  );
}

/** One page of block numbers, and the token of the next. */
function pageOf(blocks: readonly number[], input: Paged, list: string, call: Call): { shown: number[]; more: object } {
  const start =
    input.NextToken === undefined ? (input.StartingBlockIndex ?? 0) : readPageToken(input.NextToken, list, call);
  const rest = blocks.filter((block) => block >= start);
  const shown = rest.slice(0, input.MaxResults ?? resultsDefault);
  const next = rest[shown.length];
  return { shown, more: next === undefined ? {} : { NextToken: pageToken(list, next, call) } };
}

const common = ({ sizeGiB }: Snapshot, call: Call) => ({
  ExpiryTime: call.now + blockTokenSeconds * 1000,
  VolumeSize: sizeGiB,
  BlockSize: blockSize,
});

export const listSnapshotBlocks: Operation<Paged & { SnapshotId: string }, unknown, Entity<Snapshot>> = {
  name: "ListSnapshotBlocks",
  readOnly: true,
  dataEvent: true,
  requestParameters: (input) => ({ snapshotId: input.SnapshotId, ...parametersOf(input) }),
  find: (input, call) => findComplete(input.SnapshotId, call),
  resources: (found) => [snapshotResource(found)],
  asks: (input, _found, call) => [askEbs("ListSnapshotBlocks", input.SnapshotId, call)],
  run: async (input, found, call) => {
    await describeKeyOf(found, call);
    const { snapshotId, below } = found.content;
    const blocks = await call.disks.order(snapshotId, "blocks", { below });
    const { shown, more } = pageOf(blocks, input, `blocks\n${snapshotId}`, call);
    const Blocks = shown.map((block) => ({ BlockIndex: block, BlockToken: blockToken(snapshotId, block, call) }));
    return { answer: { Blocks, ...common(found.content, call), ...more } };
  },
};

interface Pair {
  readonly first: Entity<Snapshot>;
  readonly second: Entity<Snapshot>;
}

export const listChangedBlocks: Operation<
  Paged & { FirstSnapshotId?: string; SecondSnapshotId: string },
  unknown,
  Pair
> = {
  name: "ListChangedBlocks",
  readOnly: true,
  dataEvent: true,
  requestParameters: (input) => ({
    ...(input.FirstSnapshotId !== undefined && { firstSnapshotId: input.FirstSnapshotId }),
    secondSnapshotId: input.SecondSnapshotId,
    ...parametersOf(input),
  }),
  find: (input, call) => {
    if (!input.FirstSnapshotId) return invalid("First snapshot should not be empty or null", "INVALID_SNAPSHOT_ID");
    return { first: findComplete(input.FirstSnapshotId, call), second: findComplete(input.SecondSnapshotId, call) };
  },
  resources: ({ first, second }) => [first, second].map(snapshotResource),
  asks: (_input, { first, second }, call) =>
    [first, second].map(({ content }) => askEbs("ListChangedBlocks", content.snapshotId, call)),
  run: async (input, { first, second }, call) => {
    const [a, b] = [first.content, second.content];
    if (!related(a, b)) invalid("The specified snapshots do not belong to the same lineage.", "UNRELATED_SNAPSHOTS");
    await describeKeyOf(first, call);
    await describeKeyOf(second, call);
    const changed = await call.disks.order(b.snapshotId, "changed", { first: a.below, second: b.below });
    const present = await Promise.all(
      [a, b].map(async ({ snapshotId, below }) => new Set(await call.disks.order(snapshotId, "blocks", { below }))),
    );
    const { shown, more } = pageOf(changed, input, `changed\n${a.snapshotId}\n${b.snapshotId}`, call);
    const tokens = (block: number) => ({
      ...(present[0]!.has(block) && { FirstBlockToken: blockToken(a.snapshotId, block, call) }),
      ...(present[1]!.has(block) && { SecondBlockToken: blockToken(b.snapshotId, block, call) }),
    });
    const ChangedBlocks = shown.map((block) => ({ BlockIndex: block, ...tokens(block) }));
    return { answer: { ChangedBlocks, ...common(b, call), ...more } };
  },
};

/** Of one volume, or one made on the other: what shares a data key or a layer. */
function related(a: Snapshot, b: Snapshot): boolean {
  return a.key.lineage === b.key.lineage || a.below.some(({ id }) => b.below.some((layer) => layer.id === id));
}
