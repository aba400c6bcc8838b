import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { userCaller } from "../src/identity/principals.ts";
import { callAs } from "../src/pipeline.ts";
import { kmsOperations } from "../src/services/kms/operations.ts";
import { advance } from "./clock.ts";
import { testServer } from "./kit.ts";
import { account, addUser } from "./principals.ts";
import { refused } from "./refused.ts";
import { type Ask, asRoot, type Input, makeKey, region, samples } from "./sample-calls.ts";
import { recordsOf } from "./trail.ts";

/** Operations that act on no key, and ciphertexts whose key is not there for the caller. */

const server = await testServer();
after(() => server.close());
const other = "111122223333";
const root = asRoot(server);
for (const owner of [account, other]) {
  await addUser(server, "nobody", [], owner);
  await addUser(server, "everything", ["kms:*"], owner);
}

const as = (name: string, of = account, where = region): Ask => {
  const origin = { sourceAddress: "203.0.113.9", userAgent: "tests", secure: true };
  const who = () => ({ caller: userCaller(of, name, "AKIA", origin, [], server.house.world)!, region: where });
  return (operation, input) => callAs(server.house, who, { service: "kms", operation, input });
};

const store = { CustomKeyStoreId: "cks-0123456789abcdef0" };
const noStore = "CustomKeyStoreNotFoundException";

/** What each asks, and what somebody with every permission is answered: an exception, or nothing. */
const calls: Readonly<Record<string, readonly [input: Input, answer?: string]>> = {
  ConnectCustomKeyStore: [store, noStore],
  CreateCustomKeyStore: [
    {
      CustomKeyStoreName: "x",
      CloudHsmClusterId: "cluster-aaaaaaaaaaa",
      KeyStorePassword: "password",
      TrustAnchorCertificate: "certificate",
    },
    "CloudHsmClusterNotFoundException",
  ],
  CreateKey: [{}],
  DeleteCustomKeyStore: [store, noStore],
  DescribeCustomKeyStores: [{}],
  DisconnectCustomKeyStore: [store, noStore],
  GenerateRandom: [{ NumberOfBytes: 8 }],
  ListKeys: [{}],
  ListRetirableGrants: [{ RetiringPrincipal: `arn:aws:iam::${account}:user/nobody` }],
  UpdateCustomKeyStore: [{ ...store, NewCustomKeyStoreName: "y" }, noStore],
};

test("every operation without a key is in this table", () => {
  const without = [...kmsOperations.keys()].filter((name) => samples[name] === undefined);
  assert.deepEqual(without.toSorted(), Object.keys(calls).toSorted());
});

for (const [name, [input, answer]] of Object.entries(calls))
  test(`${name} is denied without permission, and recorded so; with it, it is answered`, async () => {
    const words = /^User: arn:aws:iam::000000000000:user\/nobody is not authorized to perform: kms:/;
    await assert.rejects(as("nobody")(name, input), refused("AccessDeniedException", words));
    assert.equal((await recordsOf(server, name)).at(-1)!.errorCode, "AccessDenied");
    if (answer === undefined) await as("everything")(name, input);
    else await assert.rejects(as("everything")(name, input), refused(answer));
  });

test("who may not make a key or random bytes does not learn whether a custom key store is there", async () => {
  const key = { Origin: "EXTERNAL_KEY_STORE", XksKeyId: "x", ...store };
  for (const [name, input] of [
    ["CreateKey", key],
    ["GenerateRandom", { NumberOfBytes: 8, ...store }],
    ["DescribeCustomKeyStores", store],
  ] as const) {
    await assert.rejects(as("nobody")(name, input), refused("AccessDeniedException"));
    await assert.rejects(as("everything")(name, input), refused(noStore));
  }
});

describe("a ciphertext whose key is not there for the caller", async () => {
  const arn = await makeKey("symmetric", root);
  const { CiphertextBlob } = await root("Encrypt", { KeyId: arn, Plaintext: Buffer.from("x") });
  const there = (await as("everything", other)("CreateKey", {})).KeyMetadata as { Arn: string };
  const inputs: readonly (readonly [string, Input, string])[] = [
    ["Decrypt", { CiphertextBlob }, "Decrypt"],
    ["ReEncrypt", { CiphertextBlob, DestinationKeyId: there.Arn }, "ReEncryptFrom"],
  ];
  const unknown =
    /^The ciphertext refers to a customer master key that does not exist, does not exist in this region, /;

  test("another account's says nothing of it", async () => {
    for (const [name, input, action] of inputs)
      await assert.rejects(as("everything", other)(name, input), (error: Error) => {
        refused("AccessDeniedException")(error);
        const start = `User: arn:aws:iam::${other}:user/everything is not authorized to perform: kms:${action}`;
        assert.ok(error.message.startsWith(`${start} on the resource associated with this ciphertext because `));
        assert.ok(!error.message.includes(arn));
        return true;
      });
  });

  test("another Region's, a deleted one's and a key's that never was look alike", async () => {
    const own = {
      ...inputs[1]![1],
      DestinationKeyId: await makeKey("symmetric", asRoot(server, account, "us-east-1")),
    };
    const elsewhere = as("everything", account, "us-east-1");
    await assert.rejects(elsewhere("Decrypt", { CiphertextBlob }), refused("AccessDeniedException", unknown));
    await assert.rejects(elsewhere("ReEncrypt", own), refused("AccessDeniedException", unknown));
    const named = elsewhere("Decrypt", { CiphertextBlob, KeyId: arn });
    await assert.rejects(named, refused("NotFoundException", /^Invalid arn eu-west-1$/));
    const here = { CiphertextBlob, DestinationKeyId: await makeKey("symmetric", root) };
    await root("ScheduleKeyDeletion", { KeyId: arn, PendingWindowInDays: 7 });
    await assert.rejects(root("Decrypt", { CiphertextBlob }), refused("KMSInvalidStateException"));
    await advance(server, 8 * 86_400_000);
    await assert.rejects(root("Decrypt", { CiphertextBlob }), refused("AccessDeniedException", unknown));
    await assert.rejects(root("ReEncrypt", here), refused("AccessDeniedException", unknown));
    await assert.rejects(
      root("Decrypt", { CiphertextBlob, KeyId: arn }),
      refused("NotFoundException", /does not exist$/),
    );
  });
});
