import assert from "node:assert/strict";
import { after, test } from "node:test";
import { forwardedCaller } from "../src/identity/forwarding.ts";
import { userCaller } from "../src/identity/principals.ts";
import { callAs } from "../src/pipeline.ts";
import type { Entity } from "../src/store/entities.ts";
import type { User } from "../src/identity/entities.ts";
import { advance } from "./clock.ts";
import { recipientKeyCases, recipientOf } from "./condition-keys-recipients.ts";
import { type KeyCase, keyCases } from "./condition-keys-table.ts";
import { testServer } from "./kit.ts";
import { account, addUser, commit } from "./principals.ts";
import { refused } from "./refused.ts";
import { asRoot, type Input, makeKey, region, samples } from "./sample-calls.ts";

const server = await testServer();
after(() => server.close());
const root = asRoot(server);
const ann = await addUser(server, "ann");
const { entities, world, clocks } = server.house;

const statement = (one: KeyCase, value: KeyCase["is"], more: object = {}) => ({
  Effect: "Allow",
  Action: `kms:${one.action ?? one.operation}`,
  Resource: "*",
  Condition: { [one.operator ?? "StringEquals"]: { [one.key]: value } },
  ...more,
});

const policy = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const delegation = { Effect: "Allow", Principal: { AWS: account }, Action: "kms:*", Resource: "*" };

/** What ReplicateKey needs beside its permission on the primary. */
const creating = { Effect: "Allow", Action: "kms:CreateKey", Resource: "*" };

/** Gives ann the one statement, in the key's policy or her own. */
async function allow(one: KeyCase, value: KeyCase["is"], keys: readonly string[]): Promise<void> {
  const iam = one.in === "iam";
  const own = statement(one, value, { Principal: { AWS: ann.arn } });
  for (const arn of keys) {
    const ask = asRoot(server, account, arn.split(":")[3]);
    await ask("PutKeyPolicy", { KeyId: arn, Policy: iam ? policy(delegation) : policy(delegation, own) });
  }
  const user = entities.get<User>("user", `${account}/ann`) as Entity<User>;
  await commit(server, [
    entities.put(user, { ...user.content, inline: { p: policy(iam ? statement(one, value) : creating) } }),
  ]);
}

const asAnn = ({ via, operation }: KeyCase, input: Input): Promise<Input> => {
  const origin = { sourceAddress: "203.0.113.9", userAgent: "tests", secure: true };
  const who = () => {
    const caller = userCaller(account, "ann", "AKIA", origin, [], world)!;
    return { caller: via === undefined ? caller : forwardedCaller(caller, { name: via }, region), region };
  };
  return callAs(server.house, who, { service: "kms", operation, input });
};

/** The key, ready for the case: its alias, its tag, its replica. */
async function prepared(one: KeyCase): Promise<{ keys: string[]; input: Input }> {
  const sample = samples[one.operation];
  const meant = one.input?.Recipient;
  const recipient = meant === undefined ? {} : { Recipient: recipientOf(meant, server) };
  if (!sample) return { keys: [], input: { ...one.input, ...recipient } };
  const arn = await makeKey(sample.kind, root);
  const keys = [arn];
  if (one.operation === "UpdatePrimaryRegion") {
    await root("ReplicateKey", { KeyId: arn, ReplicaRegion: "us-east-1" });
    await advance(server, 3_600_000);
    keys.push(arn.replace(region, "us-east-1"));
  }
  if (one.key.startsWith("aws:ResourceTag/"))
    await root("TagResource", { KeyId: arn, Tags: [{ TagKey: "team", TagValue: "blue" }] });
  const input: Input = { ...(await sample.input(arn, root)), ...one.input, ...recipient };
  if (input.ValidTo !== undefined) input.ValidTo = clocks.domain() + 86_400_000;
  if (one.key === "kms:RequestAlias" || one.key === "kms:ResourceAliases") {
    await root("DeleteAlias", { AliasName: "alias/known" }).catch(() => undefined);
    await root("CreateAlias", { AliasName: "alias/known", TargetKeyId: arn });
  }
  return { keys, input };
}

for (const one of [...keyCases, ...recipientKeyCases]) {
  const where = one.in === "iam" ? "in an IAM policy" : "in the key policy";
  test(`${one.key} of ${one.operation}, ${where}: allows and denies`, async () => {
    const { keys, input } = await prepared(one);
    await allow(one, one.isNot, keys);
    await assert.rejects(asAnn(one, input), refused("AccessDeniedException"));
    await allow(one, one.is, keys);
    await asAnn(one, input);
  });
}

test("a condition on what a call does not have: the key is absent", async () => {
  const none = (key: string, operation: string): KeyCase => ({
    key,
    operation,
    operator: "Null",
    is: "true",
    isNot: "false",
  });
  for (const one of [
    none("kms:RequestAlias", "Encrypt"),
    none("kms:ViaService", "Encrypt"),
    none("kms:EncryptionContextKeys", "Encrypt"),
    none("kms:GrantIsForAWSResource", "CreateGrant"),
    none("kms:GrantConstraintType", "CreateGrant"),
    { ...none("kms:BypassPolicyLockoutSafetyCheck", "CreateKey"), in: "iam" } as const,
    none("kms:MultiRegionKeyType", "Encrypt"),
  ]) {
    const { keys, input } = await prepared(one);
    await allow(one, one.isNot, keys);
    await assert.rejects(asAnn(one, input), refused("AccessDeniedException"), one.key);
    await allow(one, one.is, keys);
    await asAnn(one, input);
  }
});
