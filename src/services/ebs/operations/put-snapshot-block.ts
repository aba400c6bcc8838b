import { hash } from "node:crypto";
import { AwsError } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { openedKey } from "../../../volumes/data-key.ts";
import { bytesOf, type Snapshot } from "../../../volumes/entities.ts";
import { forwarders, voiceOf } from "../../../volumes/kms-voice.ts";
import type { Decision } from "../../../policy/decision.ts";
import { askEbs, findOwn, snapshotResource } from "../find-snapshot.ts";
import { invalid, refuseDependency } from "../refuse-ebs.ts";

interface Input {
  SnapshotId: string;
  BlockIndex: number;
  BlockData: Buffer;
  DataLength: number;
  Checksum: string;
  ChecksumAlgorithm: string;
  Progress?: number;
}

const blockBytes = 524_288;

export const putSnapshotBlock: Operation<Input, unknown, Entity<Snapshot>> = {
  name: "PutSnapshotBlock",
  readOnly: false,
  dataEvent: true,
  requestParameters: ({ SnapshotId, BlockIndex, DataLength, Checksum, ChecksumAlgorithm, Progress }) => ({
    snapshotId: SnapshotId,
    blockIndex: BlockIndex,
    dataLength: DataLength,
    checksum: Checksum,
    checksumAlgorithm: ChecksumAlgorithm,
    ...(Progress !== undefined && { progress: Progress }),
  }),
  find: (input, call) => findOwn(input.SnapshotId, call),
  resources: (found) => [snapshotResource(found)],
  asks: (input, _found, call) => [askEbs("PutSnapshotBlock", input.SnapshotId, call)],
  run: async (input, snapshot, call, decisions) => {
    if (!snapshot.content.direct) invalid("Snapshot is already completed", "INVALID_SNAPSHOT_ID");
    checkBlock(input, snapshot.content);
    await store(input, snapshot, call, decisions[0]!);
    return { answer: { Checksum: input.Checksum, ChecksumAlgorithm: input.ChecksumAlgorithm } };
  },
};

function checkBlock(
  { BlockIndex, BlockData, DataLength, Checksum, ChecksumAlgorithm }: Input,
  { sizeGiB }: Snapshot,
): void {
  if (ChecksumAlgorithm !== "SHA256")
    invalid(
      `Unsupported Checksum Algorithm '${ChecksumAlgorithm}', supported algorithms are SHA256`,
      "INVALID_PARAMETER_VALUE",
    );
  if (DataLength !== blockBytes || BlockData.length !== blockBytes)
    invalid(`Block data length ${DataLength} is not valid, expected ${blockBytes}`, "INVALID_BLOCK");
  if ((BlockIndex + 1) * blockBytes > bytesOf(sizeGiB))
    invalid(`Block index ${BlockIndex} is beyond the volume size extent`, "INVALID_BLOCK");
  const computed = hash("sha256", BlockData, "base64");
  if (computed !== Checksum)
    throw new AwsError(
      "InvalidSignatureException",
      `The value passed in as x-amz-Checksum does not match the computed checksum. Computed checksum: ${computed} expected checksum: ${Checksum}`,
      403,
    );
}

/** The thread that has the snapshot open has its key; it is asked for again only when it was closed. */
async function store(input: Input, snapshot: Entity<Snapshot>, call: Call, decision: Decision): Promise<void> {
  const { snapshotId, sizeGiB, below, direct } = snapshot.content;
  const plan = { bytes: bytesOf(sizeGiB), below, top: direct?.top };
  const order = { plan, block: input.BlockIndex, bytes: input.BlockData };
  if (await call.disks.order(snapshotId, "write", order)) return;
  const key = await openedKey(snapshot, voiceOf(call, forwarders.direct()), call.seal, decision).catch(
    (error: unknown) => refuseDependency(error, "KMS key not found"),
  );
  try {
    await call.disks.order(snapshotId, "write", { ...order, key });
  } finally {
    key.fill(0);
  }
}
