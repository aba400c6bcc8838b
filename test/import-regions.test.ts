import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import {
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  EncryptCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
} from "@aws-sdk/client-kms";
import { advance } from "./clock.ts";
import { bring, newImportedKey, parcel } from "./imported-material.ts";
import { kms, testServer, type TestServer } from "./kit.ts";
import { describe, ireland, newMultiRegionKey, ohio, settled } from "./multi-region-key.ts";
import { refused } from "./refused.ts";

const day = 86_400_000;

async function importedFamily(server: TestServer) {
  const [here, there] = [kms(server), kms(server, undefined, ohio)];
  const material = randomBytes(32);
  const KeyId = await newMultiRegionKey(server, [ohio], { Origin: "EXTERNAL" }).catch(() => "");
  assert.equal(KeyId, "", "a key without material is not replicated");
  const id = await newImportedKey(here, { MultiRegion: true });
  await bring(here, id, await parcel(here, id, material), { KeyMaterialDescription: "one" });
  await here.send(new ReplicateKeyCommand({ KeyId: id, ReplicaRegion: ohio }));
  await settled(server, ohio, id);
  const send = async (client: KMSClient, bytes: Buffer, ImportType?: "NEW_KEY_MATERIAL") =>
    bring(client, id, await parcel(client, id, bytes), ImportType ? { ImportType } : {});
  const materials = async (client: KMSClient) =>
    (await client.send(new ListKeyRotationsCommand({ KeyId: id, IncludeKeyMaterial: "ALL_KEY_MATERIAL" }))).Rotations!;
  return { here, there, id, material, send, materials };
}

test("a replica knows which material it needs and is brought it in its own Region", async () => {
  await using server = await testServer();
  const { here, there, id, material, send, materials } = await importedFamily(server);
  const waiting = await describe(server, ohio, id);
  const primary = await describe(server, ireland, id);
  assert.equal(waiting.KeyState, "PendingImport");
  assert.equal(waiting.CurrentKeyMaterialId, primary.CurrentKeyMaterialId);
  const [expected] = await materials(there);
  assert.deepEqual([expected!.ImportState, expected!.KeyMaterialDescription], ["PENDING_IMPORT", "one"]);
  await assert.rejects(send(there, randomBytes(32)), refused("IncorrectKeyMaterialException"));
  const asNew = send(there, randomBytes(32), "NEW_KEY_MATERIAL");
  await assert.rejects(asNew, refused("UnsupportedOperationException", /is not a multi-region primary key\.$/));
  await send(there, material);
  const { CiphertextBlob } = await here.send(new EncryptCommand({ KeyId: id, Plaintext: Buffer.from("x") }));
  await there.send(new DecryptCommand({ CiphertextBlob }));
  await there.send(new DeleteImportedKeyMaterialCommand({ KeyId: id }));
  assert.equal((await describe(server, ohio, id)).KeyState, "PendingImport");
  assert.equal((await describe(server, ireland, id)).KeyState, "Enabled");
});

test("new material waits until every Region has it; the rotation of the primary turns it current in all", async () => {
  await using server = await testServer();
  const { here, there, id, material, send, materials } = await importedFamily(server);
  await send(there, material);
  const next = randomBytes(32);
  const { KeyMaterialId } = await send(here, next, "NEW_KEY_MATERIAL");
  const state = async (client: KMSClient) => (await materials(client)).at(-1)!.KeyMaterialState;
  assert.equal(await state(here), "PENDING_MULTI_REGION_IMPORT_AND_ROTATION");
  assert.equal(await state(there), "PENDING_MULTI_REGION_IMPORT_AND_ROTATION");
  const rotate = () => here.send(new RotateKeyOnDemandCommand({ KeyId: id }));
  await assert.rejects(rotate(), refused("KMSInvalidStateException", /^No available key material pending rotation/));
  assert.equal((await describe(server, ohio, id)).KeyState, "Enabled");
  await send(there, next);
  assert.equal(await state(here), "PENDING_ROTATION");
  await rotate();
  for (const region of [ireland, ohio]) {
    const key = await describe(server, region, id);
    assert.deepEqual([key.KeyState, key.CurrentKeyMaterialId], ["Enabled", KeyMaterialId]);
  }
  const { CiphertextBlob } = await there.send(new EncryptCommand({ KeyId: id, Plaintext: Buffer.from("new") }));
  await here.send(new DecryptCommand({ CiphertextBlob }));
});

test("material that waits is withdrawn by the primary everywhere, by a replica for itself; expiry is each Region's own", async () => {
  await using server = await testServer();
  const { here, there, id, material, send, materials } = await importedFamily(server);
  await send(there, material);
  const next = randomBytes(32);
  const { KeyMaterialId } = await send(here, next, "NEW_KEY_MATERIAL");
  await send(there, next);
  const withdraw = (client: KMSClient) =>
    client.send(new DeleteImportedKeyMaterialCommand({ KeyId: id, KeyMaterialId: KeyMaterialId! }));
  await withdraw(there);
  assert.equal((await materials(here)).at(-1)!.KeyMaterialState, "PENDING_MULTI_REGION_IMPORT_AND_ROTATION");
  assert.equal((await describe(server, ohio, id)).KeyState, "Enabled");
  await send(there, next);
  await withdraw(here);
  assert.equal((await materials(here)).length, 1);
  assert.equal((await materials(there)).length, 1);
  const ValidTo = new Date(server.house.clocks.domain() + 10 * day);
  await bring(there, id, await parcel(there, id, material), { ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo });
  assert.equal((await describe(server, ireland, id)).ExpirationModel, "KEY_MATERIAL_DOES_NOT_EXPIRE");
  await advance(server, 11 * day);
  assert.equal((await describe(server, ohio, id)).KeyState, "PendingImport");
  assert.equal((await describe(server, ireland, id)).KeyState, "Enabled");
});
