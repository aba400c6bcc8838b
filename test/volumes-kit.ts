import { createHash } from "node:crypto";
import { CompleteSnapshotCommand, EBSClient, PutSnapshotBlockCommand, StartSnapshotCommand } from "@aws-sdk/client-ebs";
import {
  CreateVolumeCommand,
  type CreateVolumeCommandInput,
  DescribeVolumesCommand,
  EC2Client,
  type Volume,
} from "@aws-sdk/client-ec2";
import { type Instance, instanceRowId, type Snapshot, snapshotRowId } from "../src/volumes/entities.ts";
import { newId } from "../src/volumes/ids.ts";
import { type Credentials, settingsOf, type TestServer } from "./kit.ts";
import { account, commit } from "./principals.ts";
import { records, type TrailRecord } from "./trail.ts";

export const region = "eu-west-1";
export const zone = "eu-west-1a";
export const blockBytes = 524_288;

export const ec2 = (server: TestServer, credentials?: Credentials, at: string = region): EC2Client =>
  new EC2Client(settingsOf(server, credentials, at));

/** Until what a call left to be done is done. */
export async function quiet(server: TestServer): Promise<void> {
  const page = { after: "", limit: 100 };
  const undated = () =>
    server.house.entities.listByScope("volume-work", "", page).filter(({ row }) => row.due === null);
  while (undated().length > 0) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** A volume that is there to be used. */
export async function madeVolume(
  server: TestServer,
  client: EC2Client,
  input: Partial<CreateVolumeCommandInput> = {},
): Promise<Volume> {
  const asked = { AvailabilityZone: zone, ...(input.SnapshotId === undefined && { Size: 1 }), ...input };
  const { VolumeId } = await client.send(new CreateVolumeCommand(asked));
  await quiet(server);
  return await described(client, VolumeId!);
}

export async function described(client: EC2Client, VolumeId: string): Promise<Volume> {
  const { Volumes } = await client.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }));
  return Volumes![0]!;
}

/** A complete snapshot of 1 GiB with these blocks. */
export async function madeSnapshot(
  server: TestServer,
  blocks: ReadonlyMap<number, Buffer>,
  { key, credentials }: { key?: string; credentials?: Credentials } = {},
): Promise<string> {
  const ebs = new EBSClient(settingsOf(server, credentials, region));
  const encryption = key === undefined ? {} : { Encrypted: true, KmsKeyArn: key };
  const { SnapshotId } = await ebs.send(new StartSnapshotCommand({ VolumeSize: 1, ...encryption }));
  for (const [BlockIndex, BlockData] of blocks) {
    const Checksum = createHash("sha256").update(BlockData).digest("base64");
    const rest = { DataLength: BlockData.length, Checksum, ChecksumAlgorithm: "SHA256" } as const;
    await ebs.send(new PutSnapshotBlockCommand({ SnapshotId: SnapshotId!, BlockIndex, BlockData, ...rest }));
  }
  await ebs.send(new CompleteSnapshotCommand({ SnapshotId: SnapshotId!, ChangedBlocksCount: blocks.size }));
  return SnapshotId!;
}

/** A machine that volumes can be attached to. */
export async function instance(server: TestServer, more: Partial<Instance> = {}): Promise<string> {
  const instanceId = newId("i");
  const content = { instanceId, account, region, zone, state: "running", tags: [], ...more };
  const scope = `${account}/${region}`;
  await commit(server, [
    server.house.entities.create("instance", instanceRowId(region, instanceId), content, { scope }),
  ]);
  return instanceId;
}

/** As its owner's ModifySnapshotAttribute leaves it. */
export async function share(server: TestServer, snapshotId: string, account: string): Promise<void> {
  const snapshot = server.house.entities.get<Snapshot>("snapshot", snapshotRowId(region, snapshotId))!;
  await commit(server, [server.house.entities.put(snapshot, { ...snapshot.content, sharedWith: [account] })]);
}

/** What EventBridge would have told of volumes: `event result`, and causes. */
export async function news(server: TestServer): Promise<{ said: string; cause: string; record: TrailRecord }[]> {
  const told = (await records(server)).filter(({ eventSource }) => eventSource === "aws.ec2");
  return told.map((record) => {
    const { event, result, cause } = record.serviceEventDetails as Record<string, string>;
    return { said: `${event} ${result}`, cause: cause ?? "", record };
  });
}
