import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { userCaller } from "../src/identity/principals.ts";
import { callAs } from "../src/pipeline.ts";
import { readTable } from "../src/wire/table.ts";
import { testServer } from "./kit.ts";
import { account, addUser } from "./principals.ts";
import { refused } from "./refused.ts";
import { type Ask, asRoot, type Input, makeKey, region, samples } from "./sample-calls.ts";
import { recordsOf } from "./trail.ts";

const server = await testServer();
after(() => server.close());
const root = asRoot(server);
await addUser(server, "nobody");

const asNobody: Ask = (operation, input) => {
  const origin = { sourceAddress: "203.0.113.9", userAgent: "tests", secure: true };
  const who = () => ({ caller: userCaller(account, "nobody", "AKIA", origin, [], server.house.world)!, region });
  return callAs(server.house, who, { service: "kms", operation, input });
};

const { operations, structures } = readTable("kms");
const dry = Object.keys(operations).filter((name) => "DryRun" in (structures[operations[name]!.i ?? ""] ?? {}));
const wouldHave = refused(
  "DryRunOperationException",
  /^The request would have succeeded, but the DryRun option is set\.$/,
);

test("the operations that can run dry", () => assert.equal(dry.length, 17));

for (const name of dry)
  describe(`${name} run dry`, () => {
    test("always refuses: with its own exception when it would have worked, with the real error otherwise", async () => {
      const sample = samples[name]!;
      const arn = await makeKey(sample.kind, root);
      const input = { ...(await sample.input(arn, root)), DryRun: true };
      await assert.rejects(root(name, input), wouldHave);
      assert.equal((await recordsOf(server, name)).at(-1)!.errorCode, "DryRunOperationException");
      await assert.rejects(asNobody(name, input), refused("AccessDeniedException"));
      const { Grants } = await root("ListGrants", { KeyId: arn });
      assert.equal((Grants as object[]).length, name === "RetireGrant" || name === "RevokeGrant" ? 1 : 0);
      if (name !== "RetireGrant" && name !== "RevokeGrant") {
        await root("DisableKey", { KeyId: arn });
        await assert.rejects(root(name, input), refused("DisabledException"));
      }
    });
  });

test("IGNORE_CIPHERTEXT asks for the permission alone, of a key that is named", async () => {
  const KeyId = await makeKey("symmetric", root);
  const ignoring = { DryRun: true, DryRunModifiers: ["IGNORE_CIPHERTEXT"] };
  const garbage = Buffer.from("garbage");
  const calls: [string, Input, Input][] = [
    ["Decrypt", { KeyId }, {}],
    ["ReEncrypt", { SourceKeyId: KeyId, DestinationKeyId: KeyId }, { DestinationKeyId: KeyId }],
  ];
  for (const [name, named, nameless] of calls) {
    await assert.rejects(root(name, { ...named, ...ignoring }), wouldHave);
    await assert.rejects(root(name, { ...named, ...ignoring, CiphertextBlob: garbage }), wouldHave);
    await assert.rejects(asNobody(name, { ...named, ...ignoring }), refused("AccessDeniedException"));
    await assert.rejects(root(name, { ...nameless, ...ignoring }), refused("ValidationException"));
    await assert.rejects(root(name, { ...named, DryRun: true }), refused("ValidationException"));
    await assert.rejects(root(name, { ...named, ...ignoring, DryRun: false }), refused("ValidationException"));
    const real = root(name, { ...named, DryRun: true, CiphertextBlob: garbage });
    await assert.rejects(real, refused("InvalidCiphertextException"));
  }
});
