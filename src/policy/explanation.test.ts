import assert from "node:assert/strict";
import { test } from "node:test";
import { explanationFor } from "./explanation.ts";
import { type RehearsedPrincipal, type RehearsedResource, rehearsedQuestion } from "./rehearsal.ts";

const account = "111122223333";
const other = "444455556666";
const key = `arn:aws:kms:eu-west-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const alice = `arn:aws:iam::${account}:user/alice`;
const carol = `arn:aws:iam::${other}:user/carol`;
const statement = (Effect: string, Action: string, more: object = {}) => ({
  Version: "2012-10-17",
  Statement: [{ Sid: "One", Effect, Action, Resource: "*", ...more }],
});
const open = { arn: key, policy: statement("Allow", "kms:*", { Principal: { AWS: [account, other] } }) };
const encrypt = { action: "kms:Encrypt" };

const explained = (principal: RehearsedPrincipal, resource: RehearsedResource, reader = account) =>
  explanationFor(reader, rehearsedQuestion(principal, resource, encrypt));

test("one missing identity policy is the one thing that would allow it", () => {
  const { allowed, because, wouldAllow } = explained({ arn: alice }, open);
  assert.equal(allowed, false);
  assert.equal(because.type, "identity-based policy");
  assert.deepEqual(wouldAllow, [
    { type: "identity-based policy", change: "allow", add: { Effect: "Allow", Action: "kms:Encrypt", Resource: key } },
  ]);
});

test("a key policy that does not delegate: one statement that names the caller is enough", () => {
  const closed = {
    arn: key,
    policy: statement("Allow", "kms:*", { Principal: { AWS: `arn:aws:iam::${account}:user/bob` } }),
  };
  const { wouldAllow } = explained({ arn: alice, policies: [statement("Allow", "kms:*")] }, closed);
  assert.deepEqual(wouldAllow, [
    {
      type: "resource-based policy",
      change: "allow",
      add: { Effect: "Allow", Action: "kms:Encrypt", Principal: { AWS: alice }, Resource: "*" },
    },
  ]);
});

test("every deny and every level that is silent is named, in the order in which they decide", () => {
  const bounded = {
    arn: alice,
    policies: [statement("Deny", "kms:Encrypt")],
    boundary: statement("Allow", "s3:*"),
    serviceControl: [[statement("Allow", "s3:*")]],
  };
  const { because, wouldAllow } = explained(bounded, open);
  assert.deepEqual(because, {
    effect: "explicit deny",
    type: "identity-based policy",
    policy: "identity policy 1",
    statement: "One",
  });
  assert.deepEqual(
    wouldAllow!.map(({ type, change }) => `${change} ${type}`),
    [
      "remove identity-based policy",
      "allow service control policy",
      "allow identity-based policy",
      "allow permissions boundary",
    ],
  );
});

test("a condition that fails is shown with what it saw, and as what the call could have carried", () => {
  const Condition = { StringEquals: { "kms:EncryptionContext:dept": ["hr", "it"] } };
  const { considered, wouldAllow } = explained(
    { arn: alice, policies: [statement("Allow", "kms:*", { Condition })] },
    open,
  );
  const one = considered.find(({ policy }) => policy === "identity policy 1")!;
  assert.deepEqual(one.conditions, [
    { operator: "StringEquals", key: "kms:EncryptionContext:dept", values: ["hr", "it"], saw: null, holds: false },
  ]);
  assert.deepEqual(wouldAllow![0]!.instead, [
    { policy: "identity policy 1", statement: "One", conditions: ["StringEquals kms:EncryptionContext:dept hr or it"] },
  ]);
});

test("an organization's policies are named, their conditions kept", () => {
  const Condition = { StringEquals: { "aws:PrincipalTag/secret": "x" } };
  const serviceControl = [[statement("Allow", "*"), statement("Deny", "kms:*", { Condition })]];
  const { considered } = explained({ arn: alice, serviceControl }, open);
  const levels = considered.filter(({ type }) => type === "service control policy");
  assert.equal(levels.length, 2);
  assert.ok(levels.every(({ conditions }) => conditions.length === 0));
});

test("across accounts the caller's account reads nothing of the resource, not even whether there is one", () => {
  const secret = { ...open, policy: statement("Deny", "kms:*", { Principal: "*" }), tags: { project: "apollo" } };
  const asking = { arn: carol, policies: [statement("Allow", "kms:*")] };
  const [there, nowhere] = [secret, { arn: key }].map((resource) => explained(asking, resource, other));
  assert.deepEqual(there, nowhere);
  assert.ok(!JSON.stringify(there).includes("apollo"));
  assert.deepEqual(there!.because, { effect: "implicit deny", type: "resource-based policy" });
  assert.deepEqual(there!.wouldAllow, []);
});

test("… and the resource's account nothing of the caller's policies", () => {
  const asking = { arn: carol, policies: [statement("Allow", "s3:*", { Sid: "private" })] };
  const half = explained(asking, open);
  assert.ok(!JSON.stringify(half).includes("identity policy"), JSON.stringify(half));
  assert.deepEqual(half.because, { effect: "implicit deny", type: "identity-based policy" });
  assert.deepEqual(half.wouldAllow, []);
});

test("an operation that AWS does not have across accounts: no policy would allow it", () => {
  const question = {
    ...rehearsedQuestion({ arn: carol, policies: [statement("Allow", "kms:*")] }, open, { action: "kms:DisableKey" }),
    withinAccount: true as const,
  };
  const { allowed, wouldAllow } = explanationFor(account, question);
  assert.equal(allowed, false);
  assert.equal(wouldAllow, undefined);
});
