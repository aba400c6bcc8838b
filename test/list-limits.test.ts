import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "./kit.ts";
import { account } from "./principals.ts";
import { type Ask, asRoot, type Input, makeKey } from "./sample-calls.ts";

/** kms.md, section 1.2: how many entries a list has when nothing is asked, and at most. */
const caps: readonly (readonly [operation: string, list: string, usual: number, most: number])[] = [
  ["ListAliases", "Aliases", 50, 100],
  ["ListGrants", "Grants", 50, 100],
  ["ListRetirableGrants", "Grants", 50, 100],
  ["ListKeys", "Keys", 100, 1000],
  ["ListResourceTags", "Tags", 50, 50],
];

async function all(ask: Ask, operation: string, list: string, input: Input): Promise<object[]> {
  const found: object[] = [];
  for (let Marker: unknown; ; ) {
    const page = await ask(operation, { ...input, ...(Marker !== undefined && { Marker }) });
    found.push(...(page[list] as object[]));
    Marker = page.NextMarker;
    if (page.Truncated !== true) return found;
  }
}

test("lists have as many entries as documented, and pages of any size make the same list", async () => {
  await using server = await testServer();
  const ask = asRoot(server);
  const KeyId = await makeKey("symmetric", ask);
  const keys = await Promise.all(Array.from({ length: 109 }, () => makeKey("symmetric", ask)));
  const Tags = Array.from({ length: 50 }, (_, index) => ({ TagKey: `t${index}`, TagValue: "" }));
  await ask("TagResource", { KeyId, Tags });
  const grant = { KeyId, GranteePrincipal: account, RetiringPrincipal: account, Operations: ["Encrypt"] };
  await Promise.all(Array.from({ length: 120 }, () => ask("CreateGrant", grant)));
  await Promise.all(
    keys.map((TargetKeyId, index) => ask("CreateAlias", { AliasName: `alias/k${index}`, TargetKeyId })),
  );
  await ask("DescribeKey", { KeyId: "alias/aws/ebs" });
  for (const [operation, list, usual, most] of caps) {
    const input: Input = operation === "ListRetirableGrants" ? { RetiringPrincipal: account } : {};
    if (operation === "ListGrants" || operation === "ListResourceTags") input.KeyId = KeyId;
    const length = async (more: Input) => ((await ask(operation, { ...input, ...more }))[list] as object[]).length;
    const whole = await all(ask, operation, list, input);
    assert.equal(await length({}), Math.min(usual, whole.length), operation);
    assert.equal(await length({ Limit: 1000 }), Math.min(most, whole.length), operation);
    for (const Limit of [1, 7]) {
      assert.equal(await length({ Limit }), Limit, operation);
      assert.deepEqual(await all(ask, operation, list, { ...input, Limit }), whole, operation);
    }
    assert.equal(new Set(whole.map((entry) => JSON.stringify(entry))).size, whole.length, operation);
  }
});
