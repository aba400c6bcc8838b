import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import {
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  EncryptCommand,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import fc from "fast-check";
import { advance } from "./clock.ts";
import { bring, newImportedKey, parcel } from "./imported-material.ts";
import { kms, rootOf, testServer } from "./kit.ts";
import { ohio, settled } from "./multi-region-key.ts";
import { refused } from "./refused.ts";

const day = 86_400_000;
const badToken = refused("InvalidImportTokenException");

test("a token is good for the key, the account and the Region it was made for", async () => {
  await using server = await testServer();
  const client = kms(server);
  const mine = await newImportedKey(client);
  const sent = await parcel(client, mine, randomBytes(32));
  await assert.rejects(bring(client, await newImportedKey(client), sent), badToken);
  const other = kms(server, rootOf("111122223333"));
  await assert.rejects(bring(other, await newImportedKey(other), sent), badToken);
  const arn = `arn:aws:kms:eu-west-1:000000000000:key/${mine}`;
  await assert.rejects(bring(other, arn, sent), refused("NotFoundException"));

  const related = await newImportedKey(client, { MultiRegion: true });
  const first = await parcel(client, related, randomBytes(32));
  await bring(client, related, first);
  await client.send(new ReplicateKeyCommand({ KeyId: related, ReplicaRegion: ohio }));
  await settled(server, ohio, related);
  await assert.rejects(bring(kms(server, undefined, ohio), related, first), badToken);
});

test("a changed, cut or invented token is refused, and so are bytes under another wrapping key", async () => {
  await using server = await testServer();
  const client = kms(server);
  const KeyId = await newImportedKey(client);
  const [one, two] = [await parcel(client, KeyId, randomBytes(32)), await parcel(client, KeyId, randomBytes(32))];
  const unreadable = refused("InvalidCiphertextException");
  await assert.rejects(bring(client, KeyId, { ...one, EncryptedKeyMaterial: two.EncryptedKeyMaterial }), unreadable);
  const token = Buffer.from(one.ImportToken);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(token.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      async (at, flip, cut) => {
        const changed = Buffer.from(token);
        changed[at]! ^= flip;
        const ImportToken = cut ? token.subarray(0, Math.max(1, at)) : changed;
        await assert.rejects(bring(client, KeyId, { ...one, ImportToken }), badToken);
      },
    ),
    { numRuns: 25 },
  );
  const wrapped = Buffer.from(one.EncryptedKeyMaterial);
  for (const EncryptedKeyMaterial of [
    wrapped.subarray(1),
    wrapped.subarray(0, 255),
    Buffer.from([0]),
    randomBytes(6144),
  ])
    await assert.rejects(bring(client, KeyId, { ...one, EncryptedKeyMaterial }), unreadable);
  const twofold = await parcel(client, KeyId, randomBytes(32), "RSA_AES_KEY_WRAP_SHA_256");
  const both = Buffer.from(twofold.EncryptedKeyMaterial);
  for (const EncryptedKeyMaterial of [both.subarray(0, 256), both.subarray(0, both.length - 8), both.subarray(256)])
    await assert.rejects(bring(client, KeyId, { ...twofold, EncryptedKeyMaterial }), unreadable);
  for (const length of [1, 16, 31, 33, 64]) {
    const short = await parcel(client, KeyId, randomBytes(length));
    await assert.rejects(bring(client, KeyId, short), refused("IncorrectKeyMaterialException"));
  }
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
  assert.equal(KeyMetadata!.KeyState, "PendingImport");
});

test("a token may be used again for the same material within its day, and never brings back what was replaced", async () => {
  await using server = await testServer();
  const client = kms(server);
  const KeyId = await newImportedKey(client);
  const sent = await parcel(client, KeyId, randomBytes(32));
  await bring(client, KeyId, sent);
  await client.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
  await bring(client, KeyId, sent);
  const pending = await parcel(client, KeyId, randomBytes(32));
  const { KeyMaterialId } = await bring(client, KeyId, pending, { ImportType: "NEW_KEY_MATERIAL" });
  await client.send(new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId: KeyMaterialId! }));
  await assert.rejects(bring(client, KeyId, pending), refused("IncorrectKeyMaterialException"));
  await assert.rejects(
    bring(client, KeyId, sent, { ImportType: "NEW_KEY_MATERIAL" }),
    refused("IncorrectKeyMaterialException"),
  );
  await assert.rejects(
    bring(client, KeyId, sent, { KeyMaterialId: "0".repeat(64) }),
    refused("IncorrectKeyMaterialException"),
  );
  await advance(server, day);
  await assert.rejects(bring(client, KeyId, sent), refused("ExpiredImportTokenException"));
});

test("imports that race bind one material; one that races its deletion leaves the key in one state or the other", async () => {
  await using server = await testServer();
  const client = kms(server);
  const KeyId = await newImportedKey(client);
  const parcels = await Promise.all([1, 2, 3].map(() => parcel(client, KeyId, randomBytes(32))));
  const races = await Promise.allSettled(parcels.map((sent) => bring(client, KeyId, sent)));
  const won = races.findIndex(({ status }) => status === "fulfilled");
  assert.deepEqual(races.map(({ status }) => status).sort(), ["fulfilled", "rejected", "rejected"]);
  const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
  for (let turn = 0; turn < 5; turn++) {
    await Promise.all([
      client.send(new DeleteImportedKeyMaterialCommand({ KeyId })),
      bring(client, KeyId, parcels[won]!),
    ]);
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    const opened = client.send(new DecryptCommand({ CiphertextBlob }));
    if (KeyMetadata!.KeyState === "Enabled") await opened;
    else await assert.rejects(opened, refused("KMSInvalidStateException", /is pending import\.$/));
  }
});

test("a key that is going takes its material back and keeps going; when it is gone its token is worth nothing", async () => {
  await using server = await testServer();
  const client = kms(server);
  const KeyId = await newImportedKey(client);
  const sent = await parcel(client, KeyId, randomBytes(32));
  await bring(client, KeyId, sent);
  await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  await client.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
  await bring(client, KeyId, sent);
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
  assert.equal(KeyMetadata!.KeyState, "PendingDeletion");
  await assert.rejects(parcel(client, KeyId, randomBytes(32)), refused("KMSInvalidStateException", /pending deletion/));
  await advance(server, 8 * day);
  await assert.rejects(bring(client, KeyId, sent), refused("NotFoundException"));
});
