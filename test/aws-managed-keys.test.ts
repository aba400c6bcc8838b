import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { AwsError } from "../src/errors.ts";
import { testServer, type TestServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { type Ask, asRoot, type Input, makeKey, samples } from "./sample-calls.ts";

/** An AWS managed key, asked by the root of its account: what its policy lets everybody see, and nothing else. */

const reads = new Set([
  "DescribeKey",
  "GetKeyLastUsage",
  "GetKeyPolicy",
  "GetKeyRotationStatus",
  "ListAliases",
  "ListGrants",
  "ListKeyPolicies",
  "ListKeyRotations",
  "ListResourceTags",
]);

/** Its policy lets these through; the key or the grant is not what they need. */
const otherwise: Readonly<Record<string, string>> = {
  GetParametersForImport: "UnsupportedOperationException",
  GetPublicKey: "UnsupportedOperationException",
  RetireGrant: "NotFoundException",
  RevokeGrant: "NotFoundException",
};

describe("an AWS managed key", () => {
  let server: TestServer;
  let ask: Ask;
  let managed: string;
  before(async () => {
    server = await testServer();
    ask = asRoot(server);
    const { KeyMetadata } = await ask("DescribeKey", { KeyId: "alias/aws/ebs" });
    managed = (KeyMetadata as { Arn: string }).Arn;
  });
  after(() => server.close());

  for (const [name, { kind, input }] of Object.entries(samples)) {
    if (name === "Decrypt" || name === "DeleteAlias") continue;
    test(`${name} ${reads.has(name) ? "works" : (otherwise[name] ?? "is denied")}`, async () => {
      const given = await input(await makeKey(kind, ask), ask);
      const member = ["KeyId", "TargetKeyId", "DestinationKeyId"].find((one) => one in given)!;
      const call = ask(name, { ...given, [member]: managed });
      if (reads.has(name)) await call;
      else await assert.rejects(call, refused(otherwise[name] ?? "AccessDeniedException"));
    });
  }

  test("its alias, and names like it, are AWS's", async () => {
    const TargetKeyId = await makeKey("symmetric", ask);
    const calls: readonly (readonly [string, Input])[] = [
      ["CreateAlias", { AliasName: "alias/aws/mine", TargetKeyId }],
      ["UpdateAlias", { AliasName: "alias/aws/ebs", TargetKeyId }],
      ["DeleteAlias", { AliasName: "alias/aws/ebs" }],
    ];
    for (const [name, input] of calls)
      await assert.rejects(ask(name, input), (error: AwsError) => {
        assert.equal(error.code, "NotAuthorizedException");
        return true;
      });
  });
});
