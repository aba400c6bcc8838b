import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AwsError } from "../../errors.ts";
import { acceptDocument, encodedDocument, policySize } from "./policy-document.ts";

const statement = (more: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "kms:*", Resource: "*", ...more }] });

/** Documents that are refused, and AWS's words for it. */
const refusals: readonly (readonly [document: string, words: string])[] = [
  ["", "Syntax errors in policy."],
  ["{", "Syntax errors in policy."],
  ["null", "Syntax errors in policy."],
  ["[]", "Syntax errors in policy."],
  ['{"Version":"2012-10-17"}', "Syntax errors in policy."],
  ['{"Version":"2012-10-17","Statement":[]}', "Syntax errors in policy."],
  ['{"Version":"2012-10-17","Statement":[1]}', "Syntax errors in policy."],
  ['{"Version":"2020-01-01","Statement":{}}', "Policy document must be version 2012-10-17 or greater."],
  [statement({ Effect: "allow" }), "Syntax errors in policy."],
  [statement({ Extra: 1 }), "Syntax errors in policy."],
  [statement({ Principal: "*" }), "Policy document should not specify a principal."],
  [statement({ Action: undefined }), "Policy statement must contain actions."],
  [statement({ Resource: undefined }), "Policy statement must contain resources."],
  [statement({ Action: [] }), "Syntax errors in policy."],
  [statement({ Action: "Encrypt" }), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."],
  [statement({ Action: "kms:a b" }), "Syntax errors in policy."],
  [statement({ Resource: "key/1" }), 'Resource key/1 must be in ARN format or "*".'],
  [
    statement({ Resource: "arn:moon:kms:::key/1" }),
    'Partition "moon" is not valid for resource "arn:moon:kms:::key/1".',
  ],
  [
    statement({ Resource: "arn:aws:k*:::key/1" }),
    "Resource vendor must be fully qualified and cannot contain regexes.",
  ],
  [
    statement({ Resource: "arn:aws:iam:eu-west-1:000000000000:user/a" }),
    "IAM resource arn:aws:iam:eu-west-1:000000000000:user/a cannot contain region information.",
  ],
  [
    statement({ Sid: "a b" }),
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
  ],
  [
    '{"Statement":[{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"}]}',
    "Statement IDs (SID) in a single policy must be unique.",
  ],
  [statement({ Condition: { Sounds: { a: "b" } } }), "Syntax errors in policy."],
];

describe("documents of identity policies", () => {
  for (const [document, words] of refusals)
    test(`${document.slice(0, 90) || "nothing"} is refused`, () => {
      assert.throws(
        () => acceptDocument(document),
        (error) => {
          assert.ok(error instanceof AwsError);
          assert.equal(error.code, "MalformedPolicyDocumentException");
          assert.equal(error.message, words);
          return true;
        },
      );
    });

  for (const more of [
    {},
    { Action: undefined, NotAction: ["iam:*"] },
    { Resource: ["arn:aws:kms:*:000000000000:key/*", "arn:aws:s3:::bucket/${aws:username}"] },
    { Condition: { StringEquals: { "kms:ViaService": ["ec2.eu-west-1.amazonaws.com"] } } },
    { Sid: "" },
  ])
    test(`${JSON.stringify(more)} is taken`, () => assert.ok(acceptDocument(statement(more))));

  test("sizes leave out white space, and answers escape everything but unreserved characters", () => {
    assert.equal(policySize(' {\n\t"a": "b c" }'), 10);
    assert.equal(encodedDocument(`{"a":"(*)!'~-._"}`), "%7B%22a%22%3A%22%28%2A%29%21%27~-._%22%7D");
  });
});
