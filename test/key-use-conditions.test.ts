import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { type KeyUse, keyUses } from "./key-use-calls.ts";
import { newKey } from "./key-kinds.ts";
import { kms, type TestServer, testServer } from "./kit.ts";
import { account, addUser, type Person } from "./principals.ts";
import { refused } from "./refused.ts";
import { recordsOf } from "./trail.ts";

/** A condition key of an operation, with the value that its call has (kms.md, section 4). */
const conditions: readonly (readonly [operation: string, key: string, value: string])[] = [
  ["Sign", "kms:SigningAlgorithm", "ECDSA_SHA_256"],
  ["Sign", "kms:MessageType", "RAW"],
  ["Verify", "kms:SigningAlgorithm", "ECDSA_SHA_256"],
  ["Verify", "kms:MessageType", "RAW"],
  ["GenerateMac", "kms:MacAlgorithm", "HMAC_SHA_256"],
  ["VerifyMac", "kms:MacAlgorithm", "HMAC_SHA_256"],
  ["DeriveSharedSecret", "kms:KeyAgreementAlgorithm", "ECDH"],
  ["Encrypt", "kms:EncryptionAlgorithm", "RSAES_OAEP_SHA_256"],
  ["Decrypt", "kms:EncryptionAlgorithm", "RSAES_OAEP_SHA_256"],
  ["GenerateDataKeyPair", "kms:DataKeyPairSpec", "ECC_NIST_P256"],
  ["GenerateDataKeyPairWithoutPlaintext", "kms:DataKeyPairSpec", "ECC_NIST_P256"],
  ["GenerateDataKeyPair", "kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"],
  ["Encapsulate", "kms:KeySpec", "ML_KEM_512"],
  ["Decapsulate", "kms:KeyUsage", "ENCAPSULATE_DECAPSULATE"],
];

/** What CloudTrail's requestParameters hold besides keyId (kms.md, section 14). */
const parameters: Readonly<Record<string, object>> = {
  Sign: { messageType: "RAW", signingAlgorithm: "ECDSA_SHA_256" },
  Verify: { messageType: "RAW", signingAlgorithm: "ECDSA_SHA_256" },
  GenerateMac: { macAlgorithm: "HMAC_SHA_256" },
  VerifyMac: { macAlgorithm: "HMAC_SHA_256" },
  DeriveSharedSecret: { keyAgreementAlgorithm: "ECDH" },
  Encapsulate: { encapsulationAlgorithm: "ML_KEM" },
  Decapsulate: { encapsulationAlgorithm: "ML_KEM" },
  Encrypt: { encryptionAlgorithm: "RSAES_OAEP_SHA_256" },
  Decrypt: { encryptionAlgorithm: "RSAES_OAEP_SHA_256" },
  GenerateDataKeyPair: { keyPairSpec: "ECC_NIST_P256" },
  GenerateDataKeyPairWithoutPlaintext: { keyPairSpec: "ECC_NIST_P256" },
};

describe("operations of every kind of key", () => {
  let server: TestServer;
  let alice: Person;
  before(async () => {
    server = await testServer();
    alice = await addUser(server, "alice");
  });
  after(() => server.close());

  const used = (use: KeyUse, KeyId: string, more?: object): Promise<unknown> => {
    const call = use.call(kms(server, alice.credentials), KeyId, more);
    return use.fails ? assert.rejects(call, refused(use.fails)) : call;
  };

  for (const [operation, condition, value] of conditions)
    test(`${operation}: ${condition} allows and denies`, async () => {
      const use = keyUses.find(({ name }) => name === operation)!;
      const KeyId = await newKey(server, use.spec, use.usage);
      const allow = (when: string) => {
        const root = { Effect: "Allow", Principal: { AWS: account }, Action: "kms:*", Resource: "*" };
        const some = { Effect: "Allow", Principal: { AWS: alice.arn }, Action: `kms:${operation}`, Resource: "*" };
        const Condition = { StringEquals: { [condition]: when } };
        const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [root, { ...some, Condition }] });
        return kms(server).send(new PutKeyPolicyCommand({ KeyId, Policy }));
      };
      await allow(value);
      await used(use, KeyId);
      await allow(`not ${value}`);
      await assert.rejects(
        use.call(kms(server, alice.credentials), KeyId),
        refused("AccessDeniedException", new RegExp(`kms:${operation} on`)),
      );
    });

  test("are recorded with what was asked, and with nothing of what was signed, sealed or derived", async () => {
    for (const use of keyUses) {
      const KeyId = await newKey(server, use.spec, use.usage);
      const call = use.call(kms(server), KeyId);
      if (use.fails) await assert.rejects(call);
      else await call;
      const record = (await recordsOf(server, use.name)).at(-1)!;
      assert.deepEqual(record.requestParameters, { keyId: KeyId, ...parameters[use.name] });
      assert.equal(record.responseElements, null);
      assert.equal(record.readOnly, true);
      assert.equal(record.errorCode, use.fails);
      assert.deepEqual(record.resources, [
        { accountId: account, type: "AWS::KMS::Key", ARN: `arn:aws:kms:eu-west-1:${account}:key/${KeyId}` },
      ]);
      const text = JSON.stringify(record);
      for (const secret of [Buffer.from("message"), Buffer.alloc(24, 1)])
        assert.ok(!text.includes(secret.toString("base64")) && !text.includes(secret.toString("hex")));
    }
  });
});
