import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  EncryptCommand,
  PutKeyPolicyCommand,
} from "@aws-sdk/client-kms";
import { readConfig } from "../src/config.ts";
import { chargesOf } from "../src/services/kms/quotas/request-rates.ts";
import { checkKeyLimit, grantsMost, keysMost } from "../src/services/kms/quotas/resource-limits.ts";
import type { Call } from "../src/operation.ts";
import { TokenBuckets } from "../src/audit/token-buckets.ts";
import { kms, rootOf, testServer, type TestServer } from "./kit.ts";
import { account } from "./principals.ts";
import { refused } from "./refused.ts";
import { recordsOf } from "./trail.ts";

const other = "111122223333";
const tooFast = refused(
  "ThrottlingException",
  /^You have exceeded the rate at which you may call KMS\. Reduce the frequency of your calls\.$/,
);

/** Empties a bucket, as of an hour from now, so that nothing has flowed back when the next call comes. */
function drain(server: TestServer, of: string, region: string, bucket: string, perSecond: number): void {
  const later = server.house.clocks.wall() + 3_600_000;
  server.house.quotas!.charge(of, region, { bucket, perSecond, count: perSecond }, later);
}

test("request quotas of a Region: by account and Region, charged to the caller, recorded", async () => {
  await using server = await testServer({ ephemeral: true, quotas: "us-east-1" });
  const admin = kms(server);
  const { KeyMetadata } = await admin.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata!.Arn!;
  const allow = (id: string) => ({ Effect: "Allow", Principal: { AWS: id }, Action: "kms:*", Resource: "*" });
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [allow(account), allow(other)] });
  await admin.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  drain(server, account, "eu-west-1", "CreateKey", 5);
  await assert.rejects(admin.send(new CreateKeyCommand({})), tooFast);
  assert.equal((await recordsOf(server, "CreateKey")).at(-1)!.errorCode, "ThrottlingException");
  await kms(server, rootOf(other)).send(new CreateKeyCommand({}));
  await kms(server, undefined, "us-east-1").send(new CreateKeyCommand({}));
  drain(server, other, "eu-west-1", "symmetric", 100_000);
  const encrypt = { KeyId, Plaintext: Buffer.from("x") };
  await assert.rejects(kms(server, rootOf(other)).send(new EncryptCommand({ ...encrypt, DryRun: true })), tooFast);
  await admin.send(new EncryptCommand(encrypt));
});

test("without the profile nothing is charged", async () => {
  await using server = await testServer();
  assert.equal(server.house.quotas, undefined);
  assert.throws(() => readConfig("development", { quotas: "everywhere" }), /not the name of a Region/);
});

test("what a call counts against", () => {
  const key = (spec: string, customKeyStoreId?: string) => ({ spec, ...(customKeyStoreId && { customKeyStoreId }) });
  const buckets = (...given: Parameters<typeof chargesOf>) =>
    chargesOf(...given).map(({ bucket, perSecond, region, count }) =>
      [bucket, perSecond, region, count].filter((part) => part !== undefined).join(" "),
    );
  const symmetric = [key("SYMMETRIC_DEFAULT")];
  assert.deepEqual(buckets("Encrypt", {}, symmetric, "eu-west-1"), ["symmetric 100000"]);
  assert.deepEqual(buckets("VerifyMac", {}, [key("HMAC_256")], "eu-central-1"), ["symmetric 20000"]);
  assert.deepEqual(buckets("GenerateRandom", {}, [], "sa-east-1"), ["symmetric 10000"]);
  assert.deepEqual(buckets("Sign", {}, [key("RSA_4096")], "us-east-1"), ["rsa 1000"]);
  assert.deepEqual(buckets("DeriveSharedSecret", {}, [key("ECC_NIST_P256")], "us-east-1"), ["ecc 1000"]);
  assert.deepEqual(buckets("Verify", {}, [key("ML_DSA_87")], "us-east-1"), ["ml-dsa 1000"]);
  assert.deepEqual(buckets("ReEncrypt", {}, [...symmetric, key("RSA_2048")], "us-east-1"), [
    "symmetric 100000",
    "rsa 1000",
  ]);
  const stored = [key("SYMMETRIC_DEFAULT", "cks-1")];
  assert.deepEqual(buckets("Decrypt", {}, stored, "us-east-1"), ["symmetric 100000", "store cks-1 1800"]);
  const pair = (KeyPairSpec: string) =>
    buckets("GenerateDataKeyPairWithoutPlaintext", { KeyPairSpec }, symmetric, "us-east-1");
  assert.deepEqual(pair("RSA_4096"), ["GenerateDataKeyPair RSA_4096 1"]);
  assert.deepEqual(pair("ECC_NIST_P384"), ["GenerateDataKeyPair ECC_NIST_P384 100"]);
  const replicate = buckets("ReplicateKey", { ReplicaRegion: "us-east-2" }, symmetric, "us-east-1");
  assert.deepEqual(replicate, ["ReplicateKey 5", "CreateKey 5 us-east-2 2"]);
  const move = buckets("UpdatePrimaryRegion", { PrimaryRegion: "us-east-2" }, symmetric, "us-east-1");
  assert.deepEqual(move, ["UpdatePrimaryRegion 5", "UpdatePrimaryRegion 5 us-east-2"]);
});

test("a bucket gives what it holds and what has flowed in since", () => {
  const buckets = new TokenBuckets();
  const take = (now: number, count?: number) => buckets.take("a", { perSecond: 2, burst: 4 }, now, count);
  assert.deepEqual([take(0, 4), take(0), take(499), take(500), take(500)], [true, false, false, true, false]);
  assert.deepEqual([take(10_000, 4), take(10_000), take(9_000)], [true, false, false]);
  assert.ok(buckets.take("b", { perSecond: 2, burst: 4 }, 0));
});

test("resource limits, in AWS's terms", async () => {
  await using server = await testServer();
  const admin = kms(server);
  const { KeyMetadata } = await admin.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata!.KeyId!;
  for (let index = 0; index < 50; index++)
    await admin.send(new CreateAliasCommand({ AliasName: `alias/a${index}`, TargetKeyId: KeyId }));
  const another = admin.send(new CreateAliasCommand({ AliasName: "alias/a50", TargetKeyId: KeyId }));
  await assert.rejects(another, refused("LimitExceededException"));
  const grant = () => admin.send(new CreateGrantCommand({ KeyId, GranteePrincipal: account, Operations: ["Encrypt"] }));
  await grant();
  Object.assign(server.house.entities, { countByParent: () => grantsMost });
  await assert.rejects(grant(), refused("LimitExceededException", /50000 grants/));
  await admin.send(new DescribeKeyCommand({ KeyId: "alias/aws/ebs" }));
  const counted = (count: number) => {
    const { entities } = server.house;
    const some = { get: entities.get.bind(entities), countByScope: () => count };
    return () => checkKeyLimit(account, "eu-west-1", { entities: some, used: [] } as unknown as Call);
  };
  counted(keysMost)();
  assert.throws(counted(keysMost + 1), refused("LimitExceededException", /100000 customer managed keys/));
});
