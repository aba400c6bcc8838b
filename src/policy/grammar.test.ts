import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compilePolicy, type PolicyKind, PolicyGrammarError } from "./compile.ts";

const good = { Effect: "Allow", Action: "kms:Encrypt", Resource: "*" };
const written = (statement: unknown, more: object = {}) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statement, ...more });

const accepted: readonly (readonly [string, PolicyKind, string])[] = [
  ["one statement", "identity", written(good)],
  ["a list", "identity", written([good, { ...good, Sid: "A1" }])],
  ["a key policy's Sid with spaces", "key", written({ ...good, Sid: "Enable IAM User Permissions", Principal: "*" })],
  ["a key policy without Action and Resource", "key", written({ Effect: "Allow", Principal: { AWS: "*" } })],
  [
    "numbers and booleans as values",
    "identity",
    written({ ...good, Condition: { Bool: { "aws:SecureTransport": true } } }),
  ],
  [
    "a trust policy",
    "trust",
    written({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "111122223333" } }),
  ],
];

const refused: readonly (readonly [string, PolicyKind, string])[] = [
  ["no JSON", "identity", "{"],
  ["no object", "identity", "[]"],
  ["null", "identity", "null"],
  ["no Statement", "identity", '{"Version":"2012-10-17"}'],
  ["an empty list", "identity", written([])],
  ["an unknown Version", "identity", written(good, { Version: "2020-01-01" })],
  ["an unknown member", "identity", written(good, { Statements: [] })],
  ["an unknown member of a statement", "identity", written({ ...good, Actions: "*" })],
  ["__proto__", "identity", `{"Statement":{"__proto__":{},"Effect":"Allow","Action":"*","Resource":"*"}}`],
  ["an Effect of another case", "identity", written({ ...good, Effect: "allow" })],
  ["Action beside NotAction", "identity", written({ ...good, NotAction: "kms:*" })],
  ["Resource beside NotResource", "identity", written({ ...good, NotResource: "*" })],
  ["Principal beside NotPrincipal", "key", written({ ...good, Principal: "*", NotPrincipal: "*" })],
  ["a Principal in an identity policy", "identity", written({ ...good, Principal: "*" })],
  ["no Principal in a key policy", "key", written(good)],
  ["no Action in an identity policy", "identity", written({ Effect: "Allow", Resource: "*" })],
  ["no Resource in an identity policy", "identity", written({ Effect: "Allow", Action: "*" })],
  ["an action without a service", "identity", written({ ...good, Action: "Encrypt" })],
  ["a resource that is no ARN", "identity", written({ ...good, Resource: "key/1" })],
  ["a wildcard for the service", "identity", written({ ...good, Resource: "arn:aws:k*:eu-west-1:111122223333:key/1" })],
  ["an unknown operator", "identity", written({ ...good, Condition: { StringEqual: { a: "b" } } })],
  ["an operator of Object's prototype", "identity", written({ ...good, Condition: { constructor: { a: "b" } } })],
  ["NullIfExists", "identity", written({ ...good, Condition: { NullIfExists: { a: "true" } } })],
  [
    "a network that is none",
    "identity",
    written({ ...good, Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/33" } } }),
  ],
  ["values that are objects", "identity", written({ ...good, Condition: { StringEquals: { a: [{}] } } })],
  [
    "two statements of one Sid",
    "identity",
    written([
      { ...good, Sid: "A" },
      { ...good, Sid: "A" },
    ]),
  ],
  ["a Sid with spaces outside key policies", "identity", written({ ...good, Sid: "a b" })],
  ["an unknown kind of principal", "key", written({ ...good, Principal: { Aws: "*" } })],
  ["a principal that names nobody", "key", written({ ...good, Principal: {} })],
  [
    "NotPrincipal with Allow in a trust policy",
    "trust",
    written({ Effect: "Allow", Action: "sts:*", NotPrincipal: { AWS: "*" } }),
  ],
  ["a Resource in a trust policy", "trust", written({ ...good, Principal: "*" })],
  ["a document without end", "identity", written({ ...good, Sid: "a".repeat(140_000) })],
  ["nesting without end", "identity", `{"Statement":${"[".repeat(60_000)}${"]".repeat(60_000)}}`],
];

for (const [name, kind, text] of accepted)
  test(`accepted: ${name}`, () => assert.ok(compilePolicy(text, kind).statements.length > 0));
for (const [name, kind, text] of refused)
  test(`refused: ${name}`, () => assert.throws(() => compilePolicy(text, kind), PolicyGrammarError));

test("whatever arrives becomes a policy or a PolicyGrammarError", () => {
  const kinds = fc.constantFrom<PolicyKind>("identity", "session", "key", "resource", "trust");
  const names = fc.constantFrom(
    "Version",
    "Statement",
    "Effect",
    "Action",
    "Resource",
    "Principal",
    "Condition",
    "AWS",
    "Sid",
  );
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom("Allow", "*", "kms:*", "2012-10-17", "${a:b", "arn:aws:iam::1:root"),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.integer(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.oneof(names, fc.string()), tie("value"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(
      kinds,
      fc.oneof(
        value.map((document) => JSON.stringify(document)),
        fc.string(),
      ),
      (kind, document) => {
        try {
          compilePolicy(document, kind).about("kms:Encrypt");
        } catch (error) {
          assert.ok(error instanceof PolicyGrammarError, String(error));
        }
      },
    ),
    { numRuns: 2000 },
  );
});
