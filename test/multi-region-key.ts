import { setTimeout as pause } from "node:timers/promises";
import { CreateKeyCommand, DescribeKeyCommand, type KeyMetadata, ReplicateKeyCommand } from "@aws-sdk/client-kms";
import { type Key, keyRowId } from "../src/services/kms/entities.ts";
import { putKey } from "../src/services/kms/key-rows.ts";
import { kms, type TestServer } from "./kit.ts";
import { commit } from "./principals.ts";

export const ireland: string = "eu-west-1";
export const ohio: string = "us-east-2";
export const tokyo: string = "ap-northeast-1";

export const describe = async (server: TestServer, region: string, KeyId: string): Promise<KeyMetadata> =>
  (await kms(server, undefined, region).send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!;

/** Waits as a caller does who polls: until the key is neither Creating nor Updating. */
export async function settled(server: TestServer, region: string, KeyId: string): Promise<KeyMetadata> {
  for (;;) {
    const key = await describe(server, region, KeyId);
    if (key.KeyState !== "Creating" && key.KeyState !== "Updating") return key;
    await pause(20);
  }
}

/** A multi-Region key in Ireland with replicas at rest in these Regions: its id. */
export async function newMultiRegionKey(
  server: TestServer,
  regions: readonly string[],
  input: object = {},
): Promise<string> {
  const client = kms(server, undefined, ireland);
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ MultiRegion: true, ...input }));
  const KeyId = KeyMetadata!.KeyId!;
  for (const ReplicaRegion of regions) {
    await client.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion }));
    await settled(server, ReplicaRegion, KeyId);
  }
  return KeyId;
}

/** Keeps a key Creating or Updating for an hour of the service's clock, however slow the test is. */
export async function hold(
  server: TestServer,
  region: string,
  KeyId: string,
  state: "Creating" | "Updating",
): Promise<void> {
  const { entities, clocks } = server.house;
  const entity = entities.get<Key>("key", keyRowId(region, KeyId))!;
  const settling = { settlesAt: clocks.domain() + 3_600_000, settlesTo: "Enabled" } as const;
  await commit(server, [putKey(entities, entity, { ...entity.content, state, ...settling })]);
}
