import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import {
  type AlgorithmSpec,
  CreateKeyCommand,
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GetParametersForImportCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  type WrappingKeySpec,
} from "@aws-sdk/client-kms";
import { advance } from "./clock.ts";
import { bring, newImportedKey, parcel } from "./imported-material.ts";
import { kms, testServer } from "./kit.ts";
import { refused } from "./refused.ts";

const day = 86_400_000;
const describe = async (client: KMSClient, KeyId: string) =>
  (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!;
const materials = async (client: KMSClient, KeyId: string) =>
  (await client.send(new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" }))).Rotations!;
const encrypt = (client: KMSClient, KeyId: string, text: string) =>
  client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(text) }));
const open = async (client: KMSClient, CiphertextBlob: Uint8Array) =>
  Buffer.from((await client.send(new DecryptCommand({ CiphertextBlob }))).Plaintext!).toString();

test("imported material comes in under every wrapping key and algorithm, and is used like any other", async () => {
  await using server = await testServer();
  const client = kms(server);
  const ways: readonly (readonly [AlgorithmSpec, WrappingKeySpec])[] = [
    ["RSAES_OAEP_SHA_1", "RSA_2048"],
    ["RSAES_OAEP_SHA_256", "RSA_3072"],
    ["RSA_AES_KEY_WRAP_SHA_1", "RSA_2048"],
    ["RSA_AES_KEY_WRAP_SHA_256", "RSA_2048"],
  ];
  const KeyId = await newImportedKey(client, { Description: "mine" });
  const before = await describe(client, KeyId);
  assert.deepEqual([before.KeyState, before.Enabled, before.Origin], ["PendingImport", false, "EXTERNAL"]);
  assert.deepEqual([before.CurrentKeyMaterialId, before.ExpirationModel, before.ValidTo], Array(3).fill(undefined));
  await assert.rejects(encrypt(client, KeyId, "x"), refused("KMSInvalidStateException", /is pending import\.$/));
  const material = randomBytes(32);
  let id: string | undefined;
  for (const [algorithm, spec] of ways) {
    const made = await bring(client, KeyId, await parcel(client, KeyId, material, algorithm, spec));
    assert.equal(made.KeyId, before.Arn);
    assert.match(made.KeyMaterialId!, /^[0-9a-f]{64}$/);
    id ??= made.KeyMaterialId;
    assert.equal(made.KeyMaterialId, id);
  }
  const after = await describe(client, KeyId);
  assert.deepEqual(
    [after.KeyState, after.CurrentKeyMaterialId, after.ExpirationModel, after.ValidTo],
    ["Enabled", id, "KEY_MATERIAL_DOES_NOT_EXPIRE", undefined],
  );
  const { CiphertextBlob } = await encrypt(client, KeyId, "sealed");
  assert.equal(await open(client, CiphertextBlob!), "sealed");
});

test("import parameters are answered as AWS does, for imported keys and allowed pairs alone", async () => {
  await using server = await testServer();
  const client = kms(server);
  const KeyId = await newImportedKey(client);
  const ask = (WrappingAlgorithm: AlgorithmSpec, WrappingKeySpec: WrappingKeySpec, id = KeyId) =>
    client.send(new GetParametersForImportCommand({ KeyId: id, WrappingAlgorithm, WrappingKeySpec }));
  const answered = await ask("RSAES_OAEP_SHA_256", "RSA_2048");
  assert.match(answered.KeyId!, /^arn:aws:kms:eu-west-1:000000000000:key\//);
  assert.ok(Math.abs(answered.ParametersValidTo!.getTime() - server.house.clocks.domain() - day) < 60_000);
  assert.ok(answered.ImportToken!.length <= 6144);
  await assert.rejects(ask("RSAES_PKCS1_V1_5", "RSA_2048"), refused("UnsupportedOperationException"));
  await assert.rejects(ask("SM2PKE", "RSA_2048"), refused("ValidationException"));
  await assert.rejects(ask("RSAES_OAEP_SHA_1", "SM2"), refused("ValidationException"));
  const own = await client.send(new CreateKeyCommand({}));
  const wrongOrigin = /key\/[0-9a-f-]{36} origin is AWS_KMS which is not valid for this operation\.$/;
  await assert.rejects(
    ask("RSAES_OAEP_SHA_256", "RSA_2048", own.KeyMetadata!.KeyId),
    refused("UnsupportedOperationException", wrongOrigin),
  );
  await assert.rejects(
    client.send(new DeleteImportedKeyMaterialCommand({ KeyId: own.KeyMetadata!.KeyId })),
    refused("UnsupportedOperationException", wrongOrigin),
  );
});

test("material expires at its date: the key waits for it, and the same material makes it whole again", async () => {
  await using server = await testServer();
  const client = kms(server);
  const KeyId = await newImportedKey(client);
  const material = randomBytes(32);
  const sent = await parcel(client, KeyId, material);
  const until = (days: number) => ({
    ExpirationModel: "KEY_MATERIAL_EXPIRES" as const,
    ValidTo: new Date(server.house.clocks.domain() + days * day),
  });
  const invalid = (message: RegExp) => refused("ValidationException", message);
  await assert.rejects(
    bring(client, KeyId, sent, { ExpirationModel: undefined }),
    invalid(/^A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES$/),
  );
  await assert.rejects(bring(client, KeyId, sent, { ValidTo: until(1).ValidTo }), invalid(/must not be set/));
  await assert.rejects(bring(client, KeyId, sent, until(-1)), invalid(/future/));
  await assert.rejects(bring(client, KeyId, sent, until(366)), invalid(/365 days/));
  const { ValidTo } = until(10);
  await bring(client, KeyId, sent, { ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo });
  const here = await describe(client, KeyId);
  assert.deepEqual([here.ExpirationModel, here.ValidTo!.getTime()], ["KEY_MATERIAL_EXPIRES", ValidTo.getTime()]);
  const { CiphertextBlob } = await encrypt(client, KeyId, "kept");
  await advance(server, 10 * day + 1000);
  const gone = await describe(client, KeyId);
  assert.deepEqual(
    [gone.KeyState, gone.ExpirationModel, gone.CurrentKeyMaterialId],
    ["PendingImport", undefined, here.CurrentKeyMaterialId],
  );
  await assert.rejects(open(client, CiphertextBlob!), refused("KMSInvalidStateException", /is pending import\.$/));
  await assert.rejects(bring(client, KeyId, sent), refused("ExpiredImportTokenException"));
  const other = await parcel(client, KeyId, randomBytes(32));
  await assert.rejects(bring(client, KeyId, other), refused("IncorrectKeyMaterialException"));
  await bring(client, KeyId, await parcel(client, KeyId, material));
  assert.equal(await open(client, CiphertextBlob!), "kept");
});

test("deleted material leaves the key waiting; a disabled key stays disabled when its material comes again", async () => {
  await using server = await testServer();
  const client = kms(server);
  const KeyId = await newImportedKey(client);
  const sent = await parcel(client, KeyId, randomBytes(32));
  const empty = await client.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
  assert.equal(empty.KeyMaterialId, undefined);
  const { KeyMaterialId } = await bring(client, KeyId, sent, { KeyMaterialDescription: "safe 7" });
  const deleted = await client.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
  assert.equal(deleted.KeyMaterialId, KeyMaterialId);
  assert.equal((await describe(client, KeyId)).KeyState, "PendingImport");
  const [listed] = await materials(client, KeyId);
  assert.deepEqual(
    [listed!.ImportState, listed!.KeyMaterialState, listed!.KeyMaterialDescription, listed!.ExpirationModel],
    ["PENDING_IMPORT", "CURRENT", "safe 7", undefined],
  );
  await bring(client, KeyId, sent, { KeyMaterialId: KeyMaterialId! });
  await client.send(new DisableKeyCommand({ KeyId }));
  await bring(client, KeyId, sent);
  assert.equal((await describe(client, KeyId)).KeyState, "Disabled");
  assert.equal((await materials(client, KeyId))[0]!.KeyMaterialDescription, "safe 7");
});

test("new material waits for a rotation on demand; every material is needed for the key to be whole", async () => {
  await using server = await testServer();
  const client = kms(server);
  const KeyId = await newImportedKey(client);
  const [first, second] = [randomBytes(32), randomBytes(32)];
  const bringNew = async (material: Buffer) =>
    bring(client, KeyId, await parcel(client, KeyId, material), { ImportType: "NEW_KEY_MATERIAL" });
  const { KeyMaterialId: firstId } = await bringNew(first);
  const old = await encrypt(client, KeyId, "old");
  const rotate = () => client.send(new RotateKeyOnDemandCommand({ KeyId }));
  const nothing = /^No available key material pending rotation for the key: arn:aws:kms:\S+\.$/;
  await assert.rejects(rotate(), refused("KMSInvalidStateException", nothing));
  const { KeyMaterialId: secondId } = await bringNew(second);
  const states = async () => (await materials(client, KeyId)).map(({ KeyMaterialState: state }) => state);
  assert.deepEqual(await states(), ["CURRENT", "PENDING_ROTATION"]);
  await assert.rejects(
    bringNew(randomBytes(32)),
    refused(
      "KMSInvalidStateException",
      /^New key material \(id: [0-9a-f]{64}\) cannot be imported into KMS key arn:\S+, because another key material \(id: [0-9a-f]{64}\) is pending rotation\.$/,
    ),
  );
  assert.equal((await describe(client, KeyId)).CurrentKeyMaterialId, firstId);
  await rotate();
  assert.equal((await describe(client, KeyId)).CurrentKeyMaterialId, secondId);
  assert.deepEqual(await states(), ["NON_CURRENT", "CURRENT"]);
  assert.equal(await open(client, old.CiphertextBlob!), "old");
  await client.send(new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId: firstId! }));
  const waiting = encrypt(client, KeyId, "x");
  await assert.rejects(waiting, refused("KMSInvalidStateException", /is pending import\.$/));
  await bring(client, KeyId, await parcel(client, KeyId, first), { KeyMaterialId: firstId! });
  assert.equal(await open(client, old.CiphertextBlob!), "old");
  const third = await bringNew(randomBytes(32));
  await client.send(new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId: third.KeyMaterialId! }));
  assert.deepEqual(await states(), ["NON_CURRENT", "CURRENT"]);
  assert.equal((await describe(client, KeyId)).KeyState, "Enabled");
});
