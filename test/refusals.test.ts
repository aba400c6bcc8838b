import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { userCaller } from "../src/identity/principals.ts";
import { callAs } from "../src/pipeline.ts";
import { kmsOperations } from "../src/services/kms/operations.ts";
import { testServer } from "./kit.ts";
import { account, addUser } from "./principals.ts";
import { refused } from "./refused.ts";
import { type Ask, asRoot, type Input, makeKey, region, samples } from "./sample-calls.ts";
import { recordsOf } from "./trail.ts";

/** Every operation on a key: denied, on a key that is not there, on another account's, on another Region's. */

const server = await testServer();
after(() => server.close());
const root = asRoot(server);
await addUser(server, "nobody");
await addUser(server, "everything", ["kms:*"]);
await addUser(server, "everything", ["kms:*"], "111122223333");

const as = (name: string, of = account, where = region): Ask => {
  const origin = { sourceAddress: "203.0.113.9", userAgent: "tests", secure: true };
  const who = () => ({ caller: userCaller(of, name, "AKIA", origin, [], server.house.world)!, region: where });
  return (operation, input) => callAs(server.house, who, { service: "kms", operation, input });
};

/** Operations that other accounts may be allowed (kms.md, section 1.1); the others do not see their keys at all. */
const across = new Set(
  "CreateGrant Decapsulate Decrypt DeriveSharedSecret DescribeKey Encapsulate Encrypt GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GetKeyRotationStatus GetPublicKey ListGrants ReEncrypt RetireGrant RevokeGrant Sign Verify VerifyMac".split(
    " ",
  ),
);

/** The member that names the key. */
const keyMember = (input: Input): string =>
  ["KeyId", "TargetKeyId", "DestinationKeyId"].find((name) => name in input) ?? "";

const hidden =
  /on this resource because the resource does not exist in this Region|on the resource associated with this ciphertext/;

for (const name of kmsOperations.keys()) {
  const sample = samples[name];
  if (!sample) continue;
  describe(name, async () => {
    const arn = await makeKey(sample.kind, root);
    const given = await sample.input(arn, root);
    const member = keyMember(given);
    const withKey = (key: string): Input => ({ ...given, [member]: key });

    test("is denied without permission, in a record too", async () => {
      const action = name === "ReEncrypt" ? "ReEncryptFrom" : name;
      await assert.rejects(
        as("nobody")(name, given),
        refused(
          "AccessDeniedException",
          /^User: arn:aws:iam::000000000000:user\/nobody is not authorized to perform: kms:/,
        ),
      );
      const record = (await recordsOf(server, name)).at(-1)!;
      assert.equal(record.errorCode, "AccessDenied");
      assert.ok(record.errorMessage.includes(`kms:${action}`), record.errorMessage);
    });

    if (member === "") return;

    test("says that a key does not exist, by id and by ARN", async () => {
      const unknown = "00000000-0000-4000-8000-000000000000";
      const gone = new RegExp(`^Key 'arn:aws:kms:${region}:${account}:key/${unknown}' does not exist$`);
      for (const key of [unknown, arn.replace(/[^/]*$/, unknown)])
        await assert.rejects(as("everything")(name, withKey(key)), refused("NotFoundException", gone));
      await assert.rejects(
        root(name, withKey("no-such-form")),
        refused("NotFoundException", /^Invalid keyId 'no-such-form'$/),
      );
      await assert.rejects(root(name, withKey("arn:aws:iam::1:key/x")), refused("InvalidArnException"));
    });

    test("does not see another Region's key", async () => {
      const there = as("everything", account, "us-east-1");
      if (member === "KeyId")
        await assert.rejects(
          there(name, withKey(arn)),
          refused("NotFoundException", new RegExp(`^Invalid arn ${region}$`)),
        );
      else await assert.rejects(there(name, withKey(arn)));
    });

    test("does not tell another account's key from none", async () => {
      const stranger = as("everything", "111122223333");
      const unknown = arn.replace(/[^/]*$/, "00000000-0000-4000-8000-000000000000");
      const said: string[] = [];
      for (const key of [arn, unknown])
        await assert.rejects(stranger(name, withKey(key)), (error: Error) => {
          said.push(error.message.replaceAll(key, "KEY"));
          return true;
        });
      assert.equal(said[0], said[1]);
      if (across.has(name) && name !== "ReEncrypt") assert.match(said[0]!, hidden);
      const own = [...(await recordsOf(server, name))].filter(({ errorCode }) => errorCode !== undefined).at(-1)!;
      assert.equal(own.recipientAccountId, "111122223333");
    });
  });
}
