import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelKeyDeletionCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GenerateDataKeyCommand,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { advance } from "./clock.ts";
import { testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { day, rotating } from "./rotating-key.ts";

test("a key rotates at its dates, also when the clock jumps over several; every ciphertext finds its material", async () => {
  await using server = await testServer();
  const key = await rotating(server);
  assert.deepEqual(await key.status(), { KeyId: key.arn, KeyRotationEnabled: false });
  const enabledAt = server.house.clocks.domain();
  await key.client.send(new EnableKeyRotationCommand({ KeyId: key.KeyId, RotationPeriodInDays: 90 }));
  const { NextRotationDate, ...status } = await key.status();
  assert.deepEqual(status, { KeyId: key.arn, KeyRotationEnabled: true, RotationPeriodInDays: 90 });
  const first = NextRotationDate!.getTime();
  assert.ok(first >= enabledAt + 90 * day && first < enabledAt + 90 * day + 60_000);

  const [old, oldId] = [await key.encrypt("first"), await key.current()];
  await advance(server, 89 * day);
  assert.deepEqual(await key.rotations(), []);
  await advance(server, 2 * 365 * day);
  const rotations = await key.rotations();
  assert.equal(rotations.length, 9);
  assert.deepEqual(
    rotations.map(({ RotationDate }) => Math.round(RotationDate!.getTime() / 1000)),
    rotations.map((_, index) => Math.round((first + index * 90 * day) / 1000)),
  );
  assert.ok(rotations.every(({ RotationType, KeyId }) => RotationType === "AUTOMATIC" && KeyId === key.KeyId));
  assert.deepEqual(
    rotations.map(({ KeyMaterialState }) => KeyMaterialState),
    [...Array<string>(8).fill("NON_CURRENT"), "CURRENT"],
  );
  assert.equal(rotations.at(-1)!.KeyMaterialId, await key.current());
  assert.deepEqual(await key.open(old), ["first", oldId]);
  const young = await key.encrypt("second");
  assert.deepEqual(await key.open(young), ["second", await key.current()]);
  const dataKey = await key.client.send(new GenerateDataKeyCommand({ KeyId: key.KeyId, KeySpec: "AES_256" }));
  assert.equal(dataKey.KeyMaterialId, await key.current());
  const all = await key.rotations("ALL_KEY_MATERIAL");
  assert.equal(all.length, 10);
  const { $metadata: _m, ...initial } = { $metadata: 0, ...all[0]! };
  assert.deepEqual(initial, { KeyId: key.KeyId, KeyMaterialId: oldId, KeyMaterialState: "NON_CURRENT" });
});

test("rotations are listed page by page, each list with markers of its own", async () => {
  await using server = await testServer();
  const { client, KeyId } = await rotating(server);
  for (let turn = 0; turn < 5; turn++) await client.send(new RotateKeyOnDemandCommand({ KeyId }));
  const read: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await client.send(new ListKeyRotationsCommand({ KeyId, Limit: 2, ...(Marker && { Marker }) }));
    read.push(...page.Rotations!.map(({ KeyMaterialId }) => KeyMaterialId!));
    Marker = page.NextMarker;
    assert.equal(page.Truncated, Marker !== undefined);
  } while (Marker);
  const { Rotations } = await client.send(new ListKeyRotationsCommand({ KeyId }));
  assert.deepEqual(
    read,
    Rotations!.map(({ KeyMaterialId }) => KeyMaterialId),
  );
  assert.equal(new Set(read).size, 5);
  const page = await client.send(new ListKeyRotationsCommand({ KeyId, Limit: 1 }));
  const other = { KeyId, Marker: page.NextMarker!, IncludeKeyMaterial: "ALL_KEY_MATERIAL" } as const;
  await assert.rejects(client.send(new ListKeyRotationsCommand(other)), refused("InvalidMarkerException"));
});

test("on demand a key rotates 25 times, its schedule stays, and near an automatic rotation it must wait", async () => {
  await using server = await testServer();
  const key = await rotating(server);
  const { client, KeyId } = key;
  await client.send(new EnableKeyRotationCommand({ KeyId }));
  const before = await key.status();
  const rotate = () => client.send(new RotateKeyOnDemandCommand({ KeyId }));
  assert.equal((await rotate()).KeyId, key.arn);
  assert.deepEqual(await key.status(), before);
  await advance(server, 365 * day - 20 * 60_000 + 1);
  await assert.rejects(rotate(), refused("ConflictException"));
  await advance(server, 20 * 60_000);
  assert.deepEqual(
    (await key.rotations()).map(({ RotationType }) => RotationType),
    ["ON_DEMAND", "AUTOMATIC"],
  );
  for (let turn = 1; turn < 25; turn++) await rotate();
  await assert.rejects(
    rotate(),
    refused(
      "LimitExceededException",
      /^The on-demand rotations limit has been reached for the given keyId\. No more on-demand rotations can be performed for this key: arn:aws:kms:eu-west-1:000000000000:key\/[0-9a-f-]{36}$/,
    ),
  );
});

test("a disabled key stands still and rotates once when it is enabled again", async () => {
  await using server = await testServer();
  const key = await rotating(server);
  const { client, KeyId } = key;
  await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 100 }));
  await client.send(new DisableKeyCommand({ KeyId }));
  await advance(server, 350 * day);
  assert.deepEqual(await key.rotations(), []);
  assert.equal((await key.status()).KeyRotationEnabled, true);
  await client.send(new EnableKeyCommand({ KeyId }));
  await advance(server, 0);
  assert.equal((await key.rotations()).length, 1);
  const { NextRotationDate } = await key.status();
  assert.ok(NextRotationDate!.getTime() > server.house.clocks.domain() + 99 * day);
});

test("a key that is going shows no rotation; kept, it takes its schedule up again and what was missed happens at once", async () => {
  await using server = await testServer();
  const key = await rotating(server);
  const { client, KeyId } = key;
  await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  await advance(server, 80 * day);
  await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 30 }));
  assert.deepEqual(await key.status(), { KeyId: key.arn, KeyRotationEnabled: false });
  await advance(server, 20 * day);
  assert.deepEqual(await key.rotations(), []);
  await client.send(new CancelKeyDeletionCommand({ KeyId }));
  await advance(server, 0);
  assert.equal((await key.rotations()).length, 1);
  assert.equal((await key.status()).RotationPeriodInDays, 90);
  assert.equal((await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!.KeyState, "Disabled");
});
