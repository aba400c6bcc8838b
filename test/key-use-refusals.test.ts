import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { GetPublicKeyCommand } from "@aws-sdk/client-kms";
import { type Key, keyRowId } from "../src/services/kms/entities.ts";
import { type KeyUse, keyUses } from "./key-use-calls.ts";
import { newKey } from "./key-kinds.ts";
import { kms, rootOf, type TestServer, testServer } from "./kit.ts";
import { account, addUser, commit } from "./principals.ts";
import { refused } from "./refused.ts";

const region = "eu-west-1";
const arnOf = (keyId: string): string => `arn:aws:kms:${region}:${account}:key/${keyId}`;

describe("a key that cannot be used says why", () => {
  let server: TestServer;
  const keys = new Map<string, Promise<string>>();
  const keyOf = ({ spec, usage }: Pick<KeyUse, "spec" | "usage">): Promise<string> => {
    const name = `${spec} ${usage}`;
    if (!keys.has(name)) keys.set(name, newKey(server, spec, usage));
    return keys.get(name)!;
  };
  before(async () => void (server = await testServer()));
  after(() => server.close());

  /** Puts a key into a state, whatever it takes to get there. */
  const become = (KeyId: string, state: Key["state"]): Promise<void> => {
    const { entities } = server.house;
    const entity = entities.get<Key>("key", keyRowId(region, KeyId))!;
    return commit(server, [entities.put(entity, { ...entity.content, state })]);
  };
  const refusals: readonly (readonly [Key["state"], string, string])[] = [
    ["Disabled", "DisabledException", "is disabled."],
    ["PendingDeletion", "KMSInvalidStateException", "is pending deletion."],
    ["PendingReplicaDeletion", "KMSInvalidStateException", "is pending replica deletion."],
    ["PendingImport", "KMSInvalidStateException", "is pending import."],
    ["Unavailable", "KMSInvalidStateException", "is unavailable."],
    ["Creating", "KMSInvalidStateException", "is creating."],
  ];

  for (const use of keyUses)
    test(`${use.name} in every key state`, async () => {
      const KeyId = await keyOf(use);
      for (const [state, error, sentence] of refusals) {
        await become(KeyId, state);
        const said = (thrown: Error) => {
          assert.deepEqual([thrown.name, thrown.message], [error, `${arnOf(KeyId)} ${sentence}`], state);
          return true;
        };
        await assert.rejects(use.call(kms(server), KeyId), said);
        await assert.rejects(use.call(kms(server), KeyId, { DryRun: true }), said);
      }
      for (const state of ["Updating", "Enabled"] as const) {
        await become(KeyId, state);
        if (use.fails) await assert.rejects(use.call(kms(server), KeyId), refused(use.fails));
        else await use.call(kms(server), KeyId);
      }
    });

  test("GetPublicKey works while the key is disabled, too", async () => {
    const KeyId = await keyOf(keyUses[0]!);
    for (const state of ["Disabled", "PendingImport", "Updating", "Enabled"] as const) {
      await become(KeyId, state);
      const { PublicKey } = await kms(server).send(new GetPublicKeyCommand({ KeyId }));
      assert.ok(PublicKey!.length > 80);
    }
    for (const [state, error] of refusals.filter(([name]) => name !== "Disabled" && name !== "PendingImport")) {
      await become(KeyId, state);
      await assert.rejects(kms(server).send(new GetPublicKeyCommand({ KeyId })), refused(error));
    }
    await become(KeyId, "Enabled");
  });

  test("no operation takes a key of another usage, and none an algorithm of another spec", async () => {
    for (const use of keyUses)
      for (const other of keyUses.filter(({ usage }) => usage !== use.usage)) {
        const KeyId = await keyOf(other);
        const wrongUse =
          use.name === "Decrypt"
            ? refused("IncorrectKeyException", /^The key ID in the request does not identify a CMK/)
            : (thrown: Error) => {
                const text = `${arnOf(KeyId)} key usage is ${other.usage} which is not valid for ${use.name}.`;
                assert.deepEqual([thrown.name, thrown.message], ["InvalidKeyUsageException", text]);
                return true;
              };
        await assert.rejects(use.call(kms(server), KeyId), wrongUse);
      }
    const wrong = [
      ["Sign", "SigningAlgorithm", "ECDSA_SHA_384", "ECC_NIST_P256"],
      ["Verify", "SigningAlgorithm", "RSASSA_PSS_SHA_256", "ECC_NIST_P256"],
      ["GenerateMac", "MacAlgorithm", "HMAC_SHA_512", "HMAC_256"],
      ["VerifyMac", "MacAlgorithm", "HMAC_SHA_224", "HMAC_256"],
      ["Encrypt", "EncryptionAlgorithm", "SYMMETRIC_DEFAULT", "RSA_2048"],
      ["Encrypt", "EncryptionAlgorithm", undefined, "RSA_2048"],
      ["Decrypt", "EncryptionAlgorithm", "SM2PKE", "RSA_2048"],
      ["Decrypt", "EncryptionAlgorithm", undefined, "RSA_2048"],
    ] as const;
    for (const [name, member, algorithm, spec] of wrong) {
      const use = keyUses.find((known) => known.name === name)!;
      await assert.rejects(use.call(kms(server), await keyOf(use), { [member]: algorithm }), (thrown: Error) => {
        const text = `Algorithm ${algorithm ?? "SYMMETRIC_DEFAULT"} is incompatible with key spec ${spec}.`;
        assert.deepEqual([thrown.name, thrown.message], ["InvalidKeyUsageException", text]);
        return true;
      });
    }
  });

  test("GetPublicKey of a key without one", async () => {
    for (const spec of ["SYMMETRIC_DEFAULT", "HMAC_256"]) {
      const KeyId = await keyOf(keyUses.find((use) => use.spec === spec)!);
      const text = `${arnOf(KeyId)} key spec is ${spec} which is not valid for this operation.`;
      await assert.rejects(kms(server).send(new GetPublicKeyCommand({ KeyId })), (thrown: Error) => {
        assert.deepEqual([thrown.name, thrown.message], ["UnsupportedOperationException", text]);
        return true;
      });
    }
  });

  test("a dry run that would pass says so, and one that is refused says that", async () => {
    const bob = await addUser(server, "bob");
    const text = /^The request would have succeeded, but the DryRun option is set\.$/;
    for (const use of keyUses) {
      const KeyId = await keyOf(use);
      const outcome =
        use.name === "Decrypt" ? refused("InvalidCiphertextException") : refused("DryRunOperationException", text);
      await assert.rejects(use.call(kms(server), KeyId, { DryRun: true }), outcome);
      const denied = refused("AccessDeniedException", new RegExp(`not authorized to perform: kms:${use.name} on`));
      await assert.rejects(use.call(kms(server, bob.credentials), KeyId, { DryRun: true }), denied);
      await assert.rejects(use.call(kms(server, bob.credentials), KeyId), denied);
    }
  });

  test("an unknown key, a key of another account, of another Region, an alias that is not there", async () => {
    const none = "00000000-0000-4000-8000-000000000000";
    for (const use of keyUses) {
      const KeyId = await keyOf(use);
      await assert.rejects(use.call(kms(server), none), refused("NotFoundException", /^Key 'arn:.*' does not exist$/));
      await assert.rejects(
        use.call(kms(server), "alias/none"),
        refused("NotFoundException", /alias\/none is not found\.$/),
      );
      const stranger = kms(server, rootOf("111122223333"));
      await assert.rejects(
        use.call(stranger, arnOf(KeyId)),
        refused("AccessDeniedException", /does not exist in this Region/),
      );
      const elsewhere = arnOf(KeyId).replace(region, "us-east-1");
      await assert.rejects(use.call(kms(server), elsewhere), refused("NotFoundException", /^Invalid arn us-east-1$/));
    }
  });
});
