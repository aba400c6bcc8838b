import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import {
  CompleteSnapshotCommand,
  EBSClient,
  GetSnapshotBlockCommand,
  ListSnapshotBlocksCommand,
  PutSnapshotBlockCommand,
  StartSnapshotCommand,
} from "@aws-sdk/client-ebs";
import {
  CopySnapshotCommand,
  type CopySnapshotCommandInput,
  DescribeSnapshotsCommand,
  EC2Client,
  ModifySnapshotAttributeCommand,
  type Snapshot,
} from "@aws-sdk/client-ec2";
import { CreateKeyCommand, type GrantListEntry, ListGrantsCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { type Credentials, kms, root, rootOf, settingsOf, type TestServer } from "./kit.ts";

/** Snapshots for tests: made block by block, read back, copied. */

export const region = "eu-west-1";
export const blockBytes = 524_288;
/** The account that owns, and the one it shares with. */
export const owner = "111111111111";
export const target = "222222222222";

export const ec2 = (server: TestServer, credentials: Credentials = rootOf(owner), where: string = region): EC2Client =>
  new EC2Client({ ...settingsOf(server, credentials, where), disableHostPrefix: true });
export const ebs = (server: TestServer, credentials: Credentials = rootOf(owner), where: string = region): EBSClient =>
  new EBSClient(settingsOf(server, credentials, where));

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("base64");

/** A completed snapshot with these blocks; under the key, if one is given ("default": the account's). */
export async function madeSnapshot(
  server: TestServer,
  blocks: ReadonlyMap<number, Buffer>,
  key?: string,
  credentials: Credentials = rootOf(owner),
  where: string = region,
): Promise<string> {
  const client = ebs(server, credentials, where);
  const encryption = key === undefined ? {} : { Encrypted: true, ...(key !== "default" && { KmsKeyArn: key }) };
  const { SnapshotId } = await client.send(new StartSnapshotCommand({ VolumeSize: 1, ...encryption }));
  for (const [BlockIndex, BlockData] of blocks)
    await client.send(
      new PutSnapshotBlockCommand({
        SnapshotId,
        BlockIndex,
        BlockData,
        DataLength: blockBytes,
        Checksum: digest(BlockData),
        ChecksumAlgorithm: "SHA256",
      }),
    );
  await client.send(new CompleteSnapshotCommand({ SnapshotId, ChangedBlocksCount: blocks.size }));
  return SnapshotId!;
}

export async function blocksOf(client: EBSClient, SnapshotId: string): Promise<Map<number, Buffer>> {
  const { Blocks } = await client.send(new ListSnapshotBlocksCommand({ SnapshotId }));
  const found = new Map<number, Buffer>();
  for (const { BlockIndex, BlockToken } of Blocks!) {
    const got = await client.send(new GetSnapshotBlockCommand({ SnapshotId, BlockIndex, BlockToken }));
    found.set(BlockIndex!, Buffer.from(await got.BlockData!.transformToByteArray()));
  }
  return found;
}

export async function described(client: EC2Client, SnapshotId: string): Promise<Snapshot> {
  const { Snapshots } = await client.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }));
  return Snapshots![0]!;
}

/** The snapshot once it is no longer pending. */
export async function settled(client: EC2Client, SnapshotId: string): Promise<Snapshot> {
  for (let tries = 0; tries < 2000; tries++) {
    const snapshot = await described(client, SnapshotId);
    if (snapshot.State !== "pending") return snapshot;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return assert.fail(`${SnapshotId} stays pending`);
}

export async function share(server: TestServer, SnapshotId: string, account: string = target): Promise<void> {
  const CreateVolumePermission = { Add: [{ UserId: account }] };
  await ec2(server).send(new ModifySnapshotAttributeCommand({ SnapshotId, CreateVolumePermission }));
}

export async function copy(
  client: EC2Client,
  SourceSnapshotId: string,
  more: Partial<CopySnapshotCommandInput> = {},
): Promise<string> {
  const { SnapshotId } = await client.send(
    new CopySnapshotCommand({ SourceSnapshotId, SourceRegion: region, ...more }),
  );
  return SnapshotId!;
}

/** A key of the account whose policy lets other accounts use it. */
export async function sharedKey(
  server: TestServer,
  account: string,
  others: readonly string[] = [],
  where: string = region,
): Promise<string> {
  const client = kms(server, account === "000000000000" ? root : rootOf(account), where);
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  if (others.length > 0)
    await client.send(new PutKeyPolicyCommand({ KeyId: KeyMetadata!.KeyId!, Policy: keyPolicy([account, ...others]) }));
  return KeyMetadata!.Arn!;
}

export const keyPolicy = (accounts: readonly string[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: accounts.map((account) => ({
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: "kms:*",
      Resource: "*",
    })),
  });

/** Orders of that name wait until they are let go; when the server ends they end with it. */
export function heldOrders({ house: { disks } }: TestServer, name: string): { readonly letGo: () => void } {
  const held = Promise.withResolvers<void>();
  held.promise.catch(() => undefined);
  const [order, spread, close] = [disks.order.bind(disks), disks.spread.bind(disks), disks.close.bind(disks)];
  disks.order = (async (...given: Parameters<typeof order>) => {
    if (given[1] === name) await held.promise;
    return await order(...given);
  }) as typeof order;
  disks.spread = (async (...given: Parameters<typeof spread>) => {
    if (given[0] === name) await held.promise;
    return await spread(...given);
  }) as typeof spread;
  disks.close = async () => {
    held.reject(new Error("the disks are closed"));
    await close();
  };
  return { letGo: held.resolve };
}

/** Files of layers that nobody needs, once what is to be removed has been. */
export async function strayLayers({ house }: TestServer): Promise<string[]> {
  const page = { after: "", limit: 10 };
  while (house.entities.listByScope("layer-garbage", "", page).length > 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const layers = readdirSync(house.disks.folder).map((name) => name.slice(0, 32));
  return [...new Set(layers)].filter((id) => house.entities.listByParent("layer-use", id, page).length === 0);
}

/** Grants on a key of the account. */
export async function grantsOf(
  server: TestServer,
  account: string,
  KeyId: string,
  where: string = region,
): Promise<GrantListEntry[]> {
  return (await kms(server, rootOf(account), where).send(new ListGrantsCommand({ KeyId }))).Grants!;
}
