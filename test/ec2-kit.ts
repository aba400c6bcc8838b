import {
  CompleteSnapshotCommand,
  EBSClient,
  GetSnapshotBlockCommand,
  ListSnapshotBlocksCommand,
  PutSnapshotBlockCommand,
  StartSnapshotCommand,
} from "@aws-sdk/client-ebs";
import {
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  EC2Client,
  RegisterImageCommand,
  type RegisterImageCommandInput,
} from "@aws-sdk/client-ec2";
import { createHash } from "node:crypto";
import { type Credentials, settingsOf, type TestServer } from "./kit.ts";

export const ec2 = (server: TestServer, as?: Credentials, region?: string): EC2Client =>
  new EC2Client(settingsOf(server, as, region));

export const ebs = (server: TestServer, as?: Credentials, region?: string): EBSClient =>
  new EBSClient(settingsOf(server, as, region));

export const blockBytes = 524_288;

export interface SnapshotOf {
  readonly as?: Credentials;
  readonly region?: string;
  readonly sizeGiB?: number;
  /** Encrypted under this key; "default" for the account's own. */
  readonly key?: string;
  /** What its blocks begin with, by their numbers. */
  readonly blocks?: Readonly<Record<number, string>>;
}

/** A complete snapshot, brought in by EBS direct. */
export async function snapshotOf(server: TestServer, of: SnapshotOf = {}): Promise<string> {
  const { as, region, sizeGiB = 1, key, blocks = {} } = of;
  const client = ebs(server, as, region);
  const encrypted = key === undefined ? {} : key === "default" ? { Encrypted: true } : { KmsKeyArn: key };
  const { SnapshotId } = await client.send(new StartSnapshotCommand({ VolumeSize: sizeGiB, ...encrypted }));
  for (const [index, text] of Object.entries(blocks)) {
    const BlockData = Buffer.alloc(blockBytes);
    BlockData.write(text);
    const Checksum = createHash("sha256").update(BlockData).digest("base64");
    const block = { SnapshotId, BlockIndex: Number(index), BlockData, DataLength: blockBytes, Checksum };
    await client.send(new PutSnapshotBlockCommand({ ...block, ChecksumAlgorithm: "SHA256" }));
  }
  const ChangedBlocksCount = Object.keys(blocks).length;
  await client.send(new CompleteSnapshotCommand({ SnapshotId, ChangedBlocksCount }));
  return SnapshotId!;
}

/** A block device as RegisterImage and RunInstances take it. */
export const mapping = (
  SnapshotId: string,
  more: object = {},
  DeviceName = "/dev/xvda",
): { DeviceName: string; Ebs: { SnapshotId: string } } => ({
  DeviceName,
  Ebs: { SnapshotId, ...more },
});

/** An image of one snapshot: its id. */
export async function register(
  client: EC2Client,
  Name: string,
  SnapshotId: string,
  more: Partial<RegisterImageCommandInput> = {},
): Promise<string> {
  const { ImageId } = await client.send(
    new RegisterImageCommand({
      Name,
      RootDeviceName: "/dev/xvda",
      Architecture: "x86_64",
      VirtualizationType: "hvm",
      BlockDeviceMappings: [mapping(SnapshotId)],
      ...more,
    }),
  );
  return ImageId!;
}

/** The images that DescribeImages answers with. */
export const imageIds = async (client: EC2Client, input: DescribeImagesCommandInput = {}): Promise<string[]> =>
  (await client.send(new DescribeImagesCommand(input))).Images!.map(({ ImageId }) => ImageId!).toSorted();

/** The text that each written block of a snapshot begins with, read by EBS direct. */
export async function contentOf(
  server: TestServer,
  SnapshotId: string,
  { as, region }: SnapshotOf = {},
): Promise<Map<number, string>> {
  const client = ebs(server, as, region);
  const { Blocks } = await client.send(new ListSnapshotBlocksCommand({ SnapshotId }));
  const found = new Map<number, string>();
  for (const { BlockIndex, BlockToken } of Blocks!) {
    const block = { SnapshotId, BlockIndex: BlockIndex!, BlockToken: BlockToken! };
    const { BlockData } = await client.send(new GetSnapshotBlockCommand(block));
    const bytes = Buffer.from(await BlockData!.transformToByteArray());
    found.set(BlockIndex!, bytes.subarray(0, bytes.indexOf(0)).toString());
  }
  return found;
}
