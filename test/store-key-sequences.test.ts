import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { certify, opensslMissing } from "./certificates.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { advance } from "./clock.ts";
import { connectedStore, externalKey, scene, settled } from "./external-key-stores.ts";
import { notes, states, table } from "./key-states-table.ts";
import { refused } from "./refused.ts";
import { asRoot, type Input } from "./sample-calls.ts";

/** A key in an external key store that is connected and disconnected at any time, beside a model of both. */

const day = 86_400_000;
const windowDays = 7;
const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

class Model {
  connected = true;
  set: "Enabled" | "Disabled" = "Enabled";
  deletion: number | undefined;
  now = 0;

  get state(): "Enabled" | "Disabled" | "PendingDeletion" | "Unavailable" {
    if (this.deletion !== undefined) return "PendingDeletion";
    return this.connected ? this.set : "Unavailable";
  }
}

const turns: Readonly<Record<string, (model: Model) => void>> = {
  EnableKey: (model) => void (model.set = "Enabled"),
  DisableKey: (model) => void (model.set = "Disabled"),
  ScheduleKeyDeletion: (model) => void (model.deletion = model.now + windowDays),
  CancelKeyDeletion: (model) => {
    model.deletion = undefined;
    model.set = "Disabled";
  },
};

/** What the table cannot say of a key in a store: these never work on one (kms.md, section 2). */
const never = new Set(["EnableKeyRotation", "RotateKeyOnDemand", "GenerateDataKeyPair", "GetParametersForImport"]);

const operations = [
  ...Object.keys(turns),
  ...never,
  "Encrypt",
  "Decrypt",
  "CreateGrant",
  "TagResource",
  "store",
  "store",
  "wait",
];

test("a key in an external key store: any sequence does what the model does", { skip: opensslMissing }, async () => {
  await using stage = await scene(certify(folder.path, "DNS:xks.test"));
  const { server, client, proxy } = stage;
  const ask = asRoot(server);
  const CustomKeyStoreId = await connectedStore(client);
  let made = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...operations), { minLength: 6, maxLength: 24 }), async (sequence) => {
      if ((await settled(client, CustomKeyStoreId)).ConnectionState !== "CONNECTED") {
        await ask("ConnectCustomKeyStore", { CustomKeyStoreId });
        await settled(client, CustomKeyStoreId);
      }
      const XksKeyId = `key-${(made += 1)}`;
      proxy.keys.set(XksKeyId, externalKey());
      const { KeyMetadata } = await ask("CreateKey", { Origin: "EXTERNAL_KEY_STORE", CustomKeyStoreId, XksKeyId });
      const { KeyId } = KeyMetadata as { KeyId: string };
      const { CiphertextBlob } = await ask("Encrypt", { KeyId, Plaintext: Buffer.from("x") });
      const model = new Model();
      const toggle = async () => {
        await ask(model.connected ? "DisconnectCustomKeyStore" : "ConnectCustomKeyStore", { CustomKeyStoreId });
        model.connected = !model.connected;
        assert.equal(
          (await settled(client, CustomKeyStoreId)).ConnectionState,
          model.connected ? "CONNECTED" : "DISCONNECTED",
        );
      };
      const inputs: Readonly<Record<string, Input>> = {
        Encrypt: { Plaintext: Buffer.from("y") },
        Decrypt: { CiphertextBlob },
        CreateGrant: { GranteePrincipal: "000000000000", Operations: ["Encrypt"] },
        TagResource: { Tags: [{ TagKey: "a", TagValue: "b" }] },
        GenerateDataKeyPair: { KeyPairSpec: "ECC_NIST_P256" },
        GetParametersForImport: { WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048" },
        ScheduleKeyDeletion: { PendingWindowInDays: windowDays },
      };
      for (const name of sequence) {
        if (name === "store") await toggle();
        else if (name === "wait") {
          await advance(server, 3 * day);
          model.now += 3;
          if ((model.deletion ?? Infinity) <= model.now) break;
        } else {
          const note = table[name]!.split(" ")[states.indexOf(model.state)]!;
          const call = ask(name, { KeyId, ...inputs[name] });
          if (never.has(name))
            await assert.rejects(call, (error: Error & { code: string }) => {
              assert.match(error.code, /^(UnsupportedOperation|KMSInvalidState|Disabled)Exception$/);
              if (model.state === "Enabled") assert.equal(error.code, "UnsupportedOperationException");
              return true;
            });
          else if (note !== "ok") await assert.rejects(call, refused(...notes[note]!));
          else {
            await call;
            turns[name]?.(model);
          }
        }
        const described = (await ask("DescribeKey", { KeyId })).KeyMetadata as { KeyState: string };
        assert.equal(described.KeyState, model.state, name);
      }
    }),
    { numRuns: 40, seed: 20_260_101 },
  );
});
