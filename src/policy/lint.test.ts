import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyKind } from "./compile.ts";
import { kindOf, lintPolicy } from "./lint.ts";

const root = { AWS: "arn:aws:iam::111122223333:root" };
const account = { Sid: "Root", Effect: "Allow", Principal: root, Action: "kms:*", Resource: "*" };
const written = (more: object, version = "2012-10-17") =>
  JSON.stringify({
    Version: version,
    Statement: [account, { Sid: "S", Effect: "Allow", Principal: root, Action: "kms:Encrypt", Resource: "*", ...more }],
  });
const own = (more: object) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: "S", Effect: "Allow", Action: "kms:Encrypt", Resource: "*", ...more }],
  });

/** A policy that has the fault, and one that has not. */
const faults: readonly (readonly [rule: string, kind: PolicyKind, bad: string, good: string])[] = [
  [
    "open-to-everybody",
    "key",
    written({ Principal: "*" }),
    written({ Principal: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } }),
  ],
  [
    "open-to-everybody",
    "key",
    written({ Principal: { AWS: "*" }, Condition: { Bool: { "aws:SecureTransport": "true" } } }),
    written({}),
  ],
  [
    "not-principal-allow",
    "key",
    written({ Principal: undefined, NotPrincipal: root }),
    written({ Effect: "Deny", Principal: undefined, NotPrincipal: root }),
  ],
  [
    "not-action-allow",
    "identity",
    own({ Action: undefined, NotAction: "kms:Decrypt" }),
    own({ Effect: "Deny", Action: undefined, NotAction: "kms:*" }),
  ],
  [
    "for-all-values-allow",
    "identity",
    own({ Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": "a" } } }),
    own({ Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": "a" }, Null: { "aws:TagKeys": "false" } } }),
  ],
  [
    "if-exists-allow",
    "identity",
    own({ Condition: { StringEqualsIfExists: { "aws:PrincipalTag/a": "b" } } }),
    own({ Effect: "Deny", Condition: { StringNotEqualsIfExists: { "aws:PrincipalTag/a": "b" } } }),
  ],
  ["no-resource", "key", written({ Resource: undefined }), written({})],
  ["no-action", "key", written({ Action: undefined }), written({})],
  [
    "wildcard-in-principal",
    "key",
    written({ Principal: { AWS: "arn:aws:iam::111122223333:role/app-*" } }),
    written({}),
  ],
  ["foreign-action", "key", written({ Action: ["kms:Encrypt", "s3:GetObject"] }), written({ Action: "k*:Encrypt" })],
  ["iam-only-action", "key", written({ Action: "kms:ListKeys" }), written({ Action: "kms:List*" })],
  ["other-resource", "key", written({ Resource: "arn:aws:kms:eu-west-1:111122223333:key/x" }), written({})],
  [
    "several-values",
    "identity",
    own({ Condition: { StringEquals: { "aws:TagKeys": "a" } } }),
    own({ Condition: { "ForAnyValue:StringEquals": { "aws:TagKeys": "a" } } }),
  ],
  [
    "identity-key-only",
    "key",
    written({ Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/x" } } }),
    written({ Condition: { StringEquals: { "kms:RequestAlias": "alias/x" } } }),
  ],
  [
    "no-variables",
    "key",
    written({ Condition: { StringEquals: { "aws:username": "${aws:userid}" } } }, "2008-10-17"),
    written({ Condition: { StringEquals: { "aws:username": "${aws:userid}" } } }),
  ],
  [
    "bad-boolean",
    "identity",
    own({ Condition: { Bool: { "aws:SecureTransport": "yes" } } }),
    own({ Condition: { Bool: { "aws:SecureTransport": "True" } } }),
  ],
  [
    "contradiction",
    "identity",
    own({ Condition: { StringEquals: { "aws:username": "a" }, stringequals: { "AWS:UserName": "b" } } }),
    own({ Condition: { StringEquals: { "aws:username": ["a", "b"] }, stringequals: { "AWS:UserName": "b" } } }),
  ],
  [
    "always-denied",
    "key",
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [account, { Effect: "Deny", Principal: "*", Action: "kms:*", Resource: "*" }],
    }),
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [account, { Effect: "Deny", Principal: "*", Action: "kms:Disable*", Resource: "*" }],
    }),
  ],
  [
    "lockout",
    "key",
    JSON.stringify({ Version: "2012-10-17", Statement: [{ ...account, Action: "kms:Encrypt" }] }),
    JSON.stringify({ Version: "2012-10-17", Statement: [account] }),
  ],
];

for (const [rule, kind, bad, good] of faults)
  test(`${rule}: found where it is, and nowhere else`, () => {
    assert.ok(
      lintPolicy(bad, kind).some((finding) => finding.rule === rule),
      JSON.stringify(lintPolicy(bad, kind)),
    );
    assert.ok(!lintPolicy(good, kind).some((finding) => finding.rule === rule), JSON.stringify(lintPolicy(good, kind)));
  });

test("AWS's default key policy and a plain identity policy are clean", () => {
  assert.deepEqual(lintPolicy(JSON.stringify({ Version: "2012-10-17", Statement: [account] }), "key"), []);
  assert.deepEqual(lintPolicy(own({}), "identity"), []);
});

test("the kind of a document is seen from what it has", () => {
  assert.equal(kindOf(own({})), "identity");
  assert.equal(kindOf(written({})), "key");
  assert.equal(kindOf(JSON.stringify({ Statement: { Principal: root, Action: "sts:AssumeRole" } })), "trust");
  assert.equal(kindOf(JSON.stringify({ Statement: [{ Principal: root, Action: "s3:GetObject" }] })), "resource");
});
