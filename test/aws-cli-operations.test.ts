import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { awsSession, type AwsSession, awsSessionMissing, type Options } from "./aws-cli-session.ts";
import { wrap } from "./imported-material.ts";
import { type TestServer, testServer } from "./kit.ts";
import { settled } from "./multi-region-key.ts";
import { type Workbench, workbench } from "./outside.ts";

/** Those that act on custom key stores are in aws-cli-key-stores.test.ts. */
const elsewhere = [
  "ConnectCustomKeyStore",
  "CreateCustomKeyStore",
  "DeleteCustomKeyStore",
  "DescribeCustomKeyStores",
  "DisconnectCustomKeyStore",
  "UpdateCustomKeyStore",
];
/** Newer than AWS CLI 1.45: tried where the CLI knows them. */
const newer = ["Decapsulate", "Encapsulate"];

const account = "arn:aws:iam::000000000000:root";

describe("the AWS CLI calls every operation", { skip: awsSessionMissing }, () => {
  let server: TestServer;
  let bench: Workbench;
  let session: AwsSession;
  before(async () => {
    server = await testServer();
    bench = workbench();
    session = await awsSession(server);
  });
  after(async () => {
    await session[Symbol.asyncDispose]();
    bench[Symbol.dispose]();
    await server.close();
  });

  const call = (operation: string, options?: Options) => session.kms(operation, options);
  const create = async (options: Options = {}): Promise<string> =>
    (await call("CreateKey", options)).KeyMetadata.KeyId as string;
  /** A parameter of bytes, from a file as the CLI wants it. */
  const bytes = (content: Uint8Array | string): string =>
    `fileb://${bench.file(createHash("sha256").update(content).digest("hex"), content)}`;
  const decoded = (text: unknown): Buffer => Buffer.from(text as string, "base64");

  test("symmetric keys: encrypt, decrypt, re-encrypt, data keys and pairs, random", async () => {
    const id = { "key-id": await create({ description: "mine", tags: "TagKey=a,TagValue=1" }) };
    const context = { "encryption-context": "purpose=test" };
    const sealed = await call("Encrypt", { ...id, plaintext: bytes("attack at dawn"), ...context });
    const blob = { "ciphertext-blob": bytes(decoded(sealed.CiphertextBlob)) };
    assert.equal(decoded((await call("Decrypt", { ...blob, ...context })).Plaintext).toString(), "attack at dawn");
    const target = { "destination-key-id": await create(), "source-encryption-context": "purpose=test" };
    const moved = await call("ReEncrypt", { ...blob, ...target });
    assert.ok((moved.KeyId as string).endsWith(`:key/${target["destination-key-id"]}`));
    assert.equal(decoded((await call("GenerateDataKey", { ...id, "number-of-bytes": 33 })).Plaintext).length, 33);
    const spec = { ...id, "key-spec": "AES_128" };
    assert.equal((await call("GenerateDataKeyWithoutPlaintext", spec)).Plaintext, undefined);
    const pair = { ...id, "key-pair-spec": "ECC_NIST_P384" };
    assert.ok((await call("GenerateDataKeyPair", pair)).PrivateKeyPlaintext);
    assert.equal((await call("GenerateDataKeyPairWithoutPlaintext", pair)).PrivateKeyPlaintext, undefined);
    assert.equal(decoded((await call("GenerateRandom", { "number-of-bytes": 7 })).Plaintext).length, 7);
    assert.equal((await call("GetKeyLastUsage", id)).KeyLastUsage.Operation, "GenerateDataKeyPairWithoutPlaintext");
  });

  test("asymmetric and HMAC keys: sign, verify, agree, authenticate", async () => {
    const message = { message: bytes("to whom it may concern") };
    const signing = { "key-id": await create({ "key-spec": "ECC_NIST_P256", "key-usage": "SIGN_VERIFY" }) };
    const how = { ...signing, ...message, "signing-algorithm": "ECDSA_SHA_256" };
    const { Signature } = await call("Sign", how);
    assert.equal((await call("Verify", { ...how, signature: bytes(decoded(Signature)) })).SignatureValid, true);
    assert.deepEqual((await call("GetPublicKey", signing)).SigningAlgorithms, ["ECDSA_SHA_256"]);
    const agreement = { "key-spec": "ECC_NIST_P256", "key-usage": "KEY_AGREEMENT" };
    const ours = { "key-id": await create(agreement) };
    const theirs = { "key-id": await create(agreement) };
    const secret = async (one: Options, other: Options) => {
      const peer = { "public-key": bytes(decoded((await call("GetPublicKey", other)).PublicKey)) };
      return (await call("DeriveSharedSecret", { ...one, ...peer, "key-agreement-algorithm": "ECDH" })).SharedSecret;
    };
    assert.equal(await secret(ours, theirs), await secret(theirs, ours));
    const mac = { "key-id": await create({ "key-spec": "HMAC_256", "key-usage": "GENERATE_VERIFY_MAC" }) };
    const with256 = { ...mac, ...message, "mac-algorithm": "HMAC_SHA_256" };
    const { Mac } = await call("GenerateMac", with256);
    assert.equal((await call("VerifyMac", { ...with256, mac: bytes(decoded(Mac)) })).MacValid, true);
  });

  test("key encapsulation, by a CLI that knows it", async (running) => {
    const { known } = session;
    if (!newer.every((operation) => known.includes(operation)))
      return running.skip("this AWS CLI is older than ML-KEM");
    const id = { "key-id": await create({ "key-spec": "ML_KEM_768", "key-usage": "ENCAPSULATE_DECAPSULATE" }) };
    const how = { ...id, "encapsulation-algorithm": "ML_KEM" };
    const { SharedSecret, SharedSecretCiphertextBlob } = await call("Encapsulate", how);
    const blob = { "shared-secret-ciphertext-blob": bytes(decoded(SharedSecretCiphertextBlob)) };
    assert.equal((await call("Decapsulate", { ...how, ...blob })).SharedSecret, SharedSecret);
  });

  test("aliases, tags, description, policy, states and deletion", async () => {
    const KeyId = await create();
    const id = { "key-id": KeyId };
    await call("CreateAlias", { "alias-name": "alias/app", "target-key-id": KeyId });
    assert.equal((await call("ListAliases", id)).Aliases[0].AliasName, "alias/app");
    await call("UpdateAlias", { "alias-name": "alias/app", "target-key-id": await create() });
    await call("DeleteAlias", { "alias-name": "alias/app" });
    await call("TagResource", { ...id, tags: ["TagKey=a,TagValue=1", "TagKey=b,TagValue=2"] });
    await call("UntagResource", { ...id, "tag-keys": "a" });
    assert.deepEqual((await call("ListResourceTags", id)).Tags, [{ TagKey: "b", TagValue: "2" }]);
    await call("UpdateKeyDescription", { ...id, description: "new" });
    assert.equal((await call("DescribeKey", id)).KeyMetadata.Description, "new");
    const { Policy } = await call("GetKeyPolicy", { ...id, "policy-name": "default" });
    await call("PutKeyPolicy", { ...id, "policy-name": "default", policy: Policy as string });
    assert.deepEqual((await call("ListKeyPolicies", id)).PolicyNames, ["default"]);
    await call("DisableKey", id);
    await call("EnableKey", id);
    assert.equal((await call("ScheduleKeyDeletion", { ...id, "pending-window-in-days": 7 })).PendingWindowInDays, 7);
    await call("CancelKeyDeletion", id);
    assert.ok((await call("ListKeys")).Keys.some((key: { KeyId: string }) => key.KeyId === KeyId));
  });

  test("grants: create, list, retire, revoke", async () => {
    const id = { "key-id": await create() };
    const grant = { ...id, "grantee-principal": account, operations: ["Encrypt", "Decrypt"] };
    const first = await call("CreateGrant", { ...grant, "retiring-principal": account });
    const second = await call("CreateGrant", { ...grant, constraints: "EncryptionContextSubset={a=1}" });
    assert.equal((await call("ListGrants", id)).Grants.length, 2);
    const { Grants } = await call("ListRetirableGrants", { "retiring-principal": account });
    assert.deepEqual(
      Grants.map(({ GrantId }: { GrantId: string }) => GrantId),
      [first.GrantId],
    );
    await call("RetireGrant", { "grant-token": first.GrantToken as string });
    await call("RevokeGrant", { ...id, "grant-id": second.GrantId as string });
    assert.equal((await call("ListGrants", id)).Grants.length, 0);
  });

  test("material of one's own: parameters, import, deletion", async () => {
    const id = { "key-id": await create({ origin: "EXTERNAL" }) };
    const how = { "wrapping-algorithm": "RSAES_OAEP_SHA_256", "wrapping-key-spec": "RSA_2048" };
    const { PublicKey, ImportToken } = await call("GetParametersForImport", { ...id, ...how });
    const wrapped = wrap(decoded(PublicKey), "RSAES_OAEP_SHA_256", randomBytes(32));
    const given = { "import-token": bytes(decoded(ImportToken)), "encrypted-key-material": bytes(wrapped) };
    const { KeyMaterialId } = await call("ImportKeyMaterial", {
      ...id,
      ...given,
      "expiration-model": "KEY_MATERIAL_DOES_NOT_EXPIRE",
    });
    const gone = await call("DeleteImportedKeyMaterial", { ...id, "key-material-id": KeyMaterialId as string });
    assert.equal(gone.KeyMaterialId, KeyMaterialId);
  });

  test("rotation and Regions", async () => {
    const KeyId = await create({ "multi-region": true });
    const id = { "key-id": KeyId };
    await call("EnableKeyRotation", { ...id, "rotation-period-in-days": 90 });
    assert.equal((await call("GetKeyRotationStatus", id)).RotationPeriodInDays, 90);
    await call("RotateKeyOnDemand", id);
    assert.equal((await call("ListKeyRotations", id)).Rotations[0].RotationType, "ON_DEMAND");
    await call("DisableKeyRotation", id);
    const { ReplicaKeyMetadata } = await call("ReplicateKey", { ...id, "replica-region": "us-east-2" });
    assert.equal(ReplicaKeyMetadata.MultiRegionConfiguration.MultiRegionKeyType, "REPLICA");
    await settled(server, "us-east-2", KeyId);
    await call("UpdatePrimaryRegion", { ...id, "primary-region": "us-east-2" });
    const { MultiRegionConfiguration } = await settled(server, "eu-west-1", KeyId);
    assert.equal(MultiRegionConfiguration!.PrimaryKey!.Region, "us-east-2");
  });

  test("and no operation is left out", () => {
    const table = JSON.parse(readFileSync(new URL("../src/wire/gen/kms.json", import.meta.url), "utf8"));
    const operations = Object.keys((table as { operations: object }).operations);
    const unknown = operations.filter((operation) => !session.known.includes(operation));
    assert.deepEqual(
      unknown.filter((operation) => !newer.includes(operation)),
      [],
    );
    const left = operations.filter((operation) => !session.succeeded.has(operation) && !unknown.includes(operation));
    assert.deepEqual(left, elsewhere);
  });
});
