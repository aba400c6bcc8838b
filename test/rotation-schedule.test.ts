import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  UpdateAliasCommand,
} from "@aws-sdk/client-kms";
import { advance } from "./clock.ts";
import { kms, testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { day, rotating } from "./rotating-key.ts";

test("the schedule begins anew when rotation is enabled again or its period changes, not when it is asked for twice", async () => {
  await using server = await testServer();
  const key = await rotating(server);
  const { client, KeyId } = key;
  await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  const first = (await key.status()).NextRotationDate!;
  await advance(server, 30 * day);
  await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  assert.deepEqual((await key.status()).NextRotationDate, first);
  await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 2560 }));
  assert.ok((await key.status()).NextRotationDate!.getTime() > first.getTime() + 2000 * day);
  await client.send(new DisableKeyRotationCommand({ KeyId }));
  assert.deepEqual(await key.status(), { KeyId: key.arn, KeyRotationEnabled: false });
  await client.send(new EnableKeyRotationCommand({ KeyId }));
  assert.equal((await key.status()).RotationPeriodInDays, 365);
  for (const RotationPeriodInDays of [89, 2561])
    await assert.rejects(
      client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays })),
      refused("ValidationException", /at 'rotationPeriodInDays' failed to satisfy constraint/),
    );
});

test("what may not rotate is refused in AWS's words; AWS managed keys rotate every year and by nobody's hand", async () => {
  await using server = await testServer();
  const client = kms(server);
  const made = async (input: object) => (await client.send(new CreateKeyCommand(input))).KeyMetadata!;
  const imported = await made({ Origin: "EXTERNAL" });
  const origin = new RegExp(`^${imported.Arn} origin is EXTERNAL which is not valid for this operation\\.$`);
  const unsupported = refused("UnsupportedOperationException", origin);
  const { KeyId } = imported;
  await assert.rejects(client.send(new EnableKeyRotationCommand({ KeyId })), unsupported);
  await assert.rejects(client.send(new DisableKeyRotationCommand({ KeyId })), unsupported);
  await assert.rejects(client.send(new GetKeyRotationStatusCommand({ KeyId })), unsupported);
  const pending = refused("KMSInvalidStateException", /is pending import\.$/);
  await assert.rejects(client.send(new RotateKeyOnDemandCommand({ KeyId })), pending);
  const mac = await made({ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" });
  for (const call of [
    client.send(new EnableKeyRotationCommand({ KeyId: mac.KeyId })),
    client.send(new RotateKeyOnDemandCommand({ KeyId: mac.KeyId })),
    client.send(new ListKeyRotationsCommand({ KeyId: mac.KeyId })),
  ])
    await assert.rejects(call, refused("UnsupportedOperationException"));
  const off = await client.send(new GetKeyRotationStatusCommand({ KeyId: mac.KeyId }));
  assert.equal(off.KeyRotationEnabled, false);

  const managed = await client.send(new DescribeKeyCommand({ KeyId: "alias/aws/ebs" }));
  const ebs = managed.KeyMetadata!.KeyId!;
  const status = await client.send(new GetKeyRotationStatusCommand({ KeyId: ebs }));
  assert.deepEqual([status.KeyRotationEnabled, status.RotationPeriodInDays], [true, 365]);
  await advance(server, 800 * day);
  const { Rotations } = await client.send(new ListKeyRotationsCommand({ KeyId: ebs }));
  assert.equal(Rotations!.length, 2);
  await assert.rejects(
    client.send(new DisableKeyRotationCommand({ KeyId: ebs })),
    (error: Error) => error.name === "AccessDeniedException" || error.name === "UnsupportedOperationException",
  );
});

test("use, rotation and deletion at the same time: every ciphertext opens, and a key that is going is not rotated", async () => {
  await using server = await testServer();
  const key = await rotating(server);
  const { client, KeyId } = key;
  const turns = Array.from({ length: 8 }, () => client.send(new RotateKeyOnDemandCommand({ KeyId })));
  const uses = Array.from({ length: 40 }, (_, index) => key.encrypt(String(index)));
  const [blobs] = await Promise.all([Promise.all(uses), Promise.all(turns)]);
  const opened = await Promise.all(blobs.map((blob) => key.open(blob)));
  assert.deepEqual(
    opened.map(([text]) => text),
    uses.map((_, index) => String(index)),
  );
  assert.equal((await key.rotations()).length, 8);
  const races = await Promise.allSettled([
    client.send(new ScheduleKeyDeletionCommand({ KeyId })),
    ...Array.from({ length: 5 }, () => client.send(new RotateKeyOnDemandCommand({ KeyId }))),
  ]);
  const done = races.slice(1).filter(({ status }) => status === "fulfilled").length;
  assert.equal(races[0].status, "fulfilled");
  assert.equal((await key.rotations()).length, 8 + done);
});

test("by hand, a key is rotated by moving its alias", async () => {
  await using server = await testServer();
  const client = kms(server);
  const [first, second] = [await rotating(server), await rotating(server)];
  await client.send(new CreateAliasCommand({ AliasName: "alias/app", TargetKeyId: first.KeyId }));
  const under = async (text: string) =>
    await client.send(new EncryptCommand({ KeyId: "alias/app", Plaintext: Buffer.from(text) }));
  const old = await under("old");
  await client.send(new UpdateAliasCommand({ AliasName: "alias/app", TargetKeyId: second.KeyId }));
  assert.equal((await under("new")).KeyId, second.arn);
  assert.deepEqual((await first.open(old.CiphertextBlob!))[0], "old");
  const mac = await client.send(new CreateKeyCommand({ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" }));
  await assert.rejects(
    client.send(new UpdateAliasCommand({ AliasName: "alias/app", TargetKeyId: mac.KeyMetadata!.KeyId! })),
    refused("KMSInvalidStateException"),
  );
  await client.send(new ScheduleKeyDeletionCommand({ KeyId: second.KeyId }));
  await client.send(new UpdateAliasCommand({ AliasName: "alias/app", TargetKeyId: first.KeyId }));
  await assert.rejects(
    client.send(new UpdateAliasCommand({ AliasName: "alias/app", TargetKeyId: second.KeyId })),
    refused("KMSInvalidStateException", /is pending deletion\.$/),
  );
  await client.send(new DeleteAliasCommand({ AliasName: "alias/app" }));
  await assert.rejects(under("gone"), refused("NotFoundException"));
});
