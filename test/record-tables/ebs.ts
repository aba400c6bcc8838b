import { createHash } from "node:crypto";
import { on, read, type Step, write } from "./steps.ts";

const BlockData = Buffer.alloc(524_288, 7);
const Checksum = createHash("sha256").update(BlockData).digest("base64");
const snapshotId = "{StartSnapshot.SnapshotId}";
const ofSnapshot = { snapshotId };
const snapshot = { SnapshotId: snapshotId };

const data = { category: "Data" } as const;

/** A snapshot that is written block by block, completed and read. */
export const ebs: readonly Step[] = [
  write(
    "StartSnapshot",
    { VolumeSize: 1, Description: "disk", Encrypted: true, KmsKeyArn: "{key}", ClientToken: "once", Timeout: 60 },
    {
      volumeSize: 1,
      description: "disk",
      encrypted: true,
      kmsKeyArn: "HIDDEN_DUE_TO_SECURITY_REASONS",
      clientToken: "once",
      timeout: 60,
    },
    {
      snapshotId: "{answer.SnapshotId}",
      ownerId: "{account}",
      status: "pending",
      startTime: "{date}",
      volumeSize: 1,
      blockSize: 524_288,
      kmsKeyArn: "HIDDEN_DUE_TO_SECURITY_REASONS",
    },
  ),
  ...on(
    "arn:aws:ec2:{region}::snapshot/{StartSnapshot.SnapshotId}",
    write(
      "PutSnapshotBlock",
      { ...snapshot, BlockIndex: 0, BlockData, DataLength: 524_288, Checksum, ChecksumAlgorithm: "SHA256" },
      { ...ofSnapshot, blockIndex: 0, dataLength: 524_288, checksum: Checksum, checksumAlgorithm: "SHA256" },
      null,
      data,
    ),
    write("CompleteSnapshot", { ...snapshot, ChangedBlocksCount: 1 }, { ...ofSnapshot, changedBlocksCount: 1 }),
    read("ListSnapshotBlocks", { ...snapshot, MaxResults: 100 }, { ...ofSnapshot, maxResults: 100 }, data),
    read(
      "GetSnapshotBlock",
      { ...snapshot, BlockIndex: 0, BlockToken: "{ListSnapshotBlocks.Blocks.0.BlockToken}" },
      { ...ofSnapshot, blockIndex: 0 },
      data,
    ),
    read(
      "ListChangedBlocks",
      { FirstSnapshotId: snapshotId, SecondSnapshotId: snapshotId },
      { firstSnapshotId: snapshotId, secondSnapshotId: snapshotId },
      {
        ...data,
        resources: Array<string>(2).fill("arn:aws:ec2:{region}::snapshot/{StartSnapshot.SnapshotId}"),
      },
    ),
  ),
];
