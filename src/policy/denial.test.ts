import assert from "node:assert/strict";
import { test } from "node:test";
import { denialMessage, type Phrasing } from "./denial.ts";
import { decide } from "./decide.ts";
import type { PolicySource, Question } from "./decision.ts";
import { type RehearsedPrincipal, type RehearsedResource, rehearsedQuestion } from "./rehearsal.ts";

/** The sentences of real AWS (iam.md, section 2), and what brings each about. */
const account = "111122223333";
const key = `arn:aws:kms:eu-west-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const alice = `arn:aws:iam::${account}:user/alice`;
const session = `arn:aws:sts::${account}:assumed-role/app/s1`;
const carol = "arn:aws:iam::444455556666:user/carol";
const statement = (Effect: string, Principal?: unknown) => ({
  Statement: { Effect, Action: "*", Resource: "*", ...(Principal !== undefined && { Principal }) },
});
const all = statement("Allow");
const none = { Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } };
const open = { arn: key, policy: statement("Allow", { AWS: [account, "444455556666"] }) };
const closed = { arn: key, policy: statement("Allow", { AWS: `arn:aws:iam::${account}:user/admin` }) };
const denying = { arn: key, policy: statement("Deny", "*") };
const hidden =
  "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access";

interface Denied {
  readonly who: RehearsedPrincipal;
  readonly resource?: RehearsedResource;
  readonly action?: string;
  readonly phrasing?: Phrasing;
  /** ARNs that the sources have, by the member of the question. */
  readonly arn?: string;
  readonly text: string;
}

const on = `on resource: ${key}`;
const encrypt = (arn: string) => `User: ${arn} is not authorized to perform: kms:Encrypt`;
const fromCiphertext = { phrase: "on the resource associated with this ciphertext", hidesExistence: true };

const denials: readonly Denied[] = [
  {
    who: { arn: alice },
    text: `${encrypt(alice)} ${on} because no identity-based policy allows the kms:Encrypt action`,
  },
  {
    who: { arn: alice },
    resource: closed,
    text: `${encrypt(alice)} ${on} because no resource-based policy allows the kms:Encrypt action`,
  },
  {
    who: { arn: alice },
    resource: denying,
    text: `${encrypt(alice)} ${on} with an explicit deny in a resource-based policy`,
  },
  {
    who: { arn: alice, policies: [statement("Deny")] },
    text: `${encrypt(alice)} ${on} with an explicit deny in an identity-based policy`,
  },
  {
    who: { arn: alice, policies: [statement("Deny")] },
    arn: `arn:aws:iam::${account}:policy/no`,
    text: `${encrypt(alice)} ${on} with an explicit deny in an identity-based policy: arn:aws:iam::${account}:policy/no`,
  },
  {
    who: { arn: alice, policies: [all], boundary: none },
    text: `${encrypt(alice)} ${on} because no permissions boundary allows the kms:Encrypt action`,
  },
  {
    who: { arn: alice, policies: [all], boundary: statement("Deny") },
    arn: `arn:aws:iam::${account}:policy/bound`,
    text: `${encrypt(alice)} ${on} with an explicit deny in a permissions boundary: arn:aws:iam::${account}:policy/bound`,
  },
  {
    who: { arn: session, policies: [all], session: [none] },
    text: `${encrypt(session)} ${on} because no session policy allows the kms:Encrypt action`,
  },
  {
    who: { arn: session, policies: [all], session: [statement("Deny")] },
    text: `${encrypt(session)} ${on} with an explicit deny in a session policy`,
  },
  {
    who: { arn: alice, policies: [all], serviceControl: [[none]] },
    text: `${encrypt(alice)} ${on} because no service control policy allows the kms:Encrypt action`,
  },
  {
    who: { arn: alice, policies: [all], serviceControl: [[all, statement("Deny")]] },
    arn: "arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd",
    text: `${encrypt(alice)} ${on} with an explicit deny in a service control policy: arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd`,
  },
  {
    who: { arn: alice, policies: [all] },
    resource: { ...open, resourceControl: [statement("Deny", "*")] },
    arn: "arn:aws:organizations::987654321098:policy/o-qv5af4abcd/resource_control_policy/p-2kgnabcd",
    text: `${encrypt(alice)} ${on} with an explicit deny in a resource control policy: arn:aws:organizations::987654321098:policy/o-qv5af4abcd/resource_control_policy/p-2kgnabcd`,
  },
  {
    who: { arn: alice },
    resource: { arn: "*" },
    text: `${encrypt(alice)} on resource: * because no identity-based policy allows the kms:Encrypt action`,
  },
  {
    who: { arn: carol },
    text: `${encrypt(carol)} on this resource because no identity-based policy allows the kms:Encrypt action`,
  },
  { who: { arn: carol, policies: [all] }, resource: closed, text: `${encrypt(carol)} on this resource ${hidden}` },
  { who: { arn: carol, policies: [all] }, resource: denying, text: `${encrypt(carol)} on this resource ${hidden}` },
  {
    who: { arn: carol, policies: [all] },
    resource: { arn: key },
    text: `${encrypt(carol)} on this resource ${hidden}`,
  },
  {
    who: { arn: carol, policies: [all] },
    resource: { ...open, resourceControl: [statement("Deny", "*")] },
    text: `${encrypt(carol)} on this resource ${hidden}`,
  },
  {
    who: { arn: carol, policies: [all] },
    resource: closed,
    phrasing: fromCiphertext,
    text: `${encrypt(carol)} on the resource associated with this ciphertext ${hidden}`,
  },
  {
    who: { arn: carol },
    phrasing: fromCiphertext,
    text: `${encrypt(carol)} on the resource associated with this ciphertext because no identity-based policy allows the kms:Encrypt action`,
  },
  {
    who: { arn: alice },
    action: "sts:AssumeRole",
    resource: {
      arn: `arn:aws:iam::${account}:role/app`,
      policy: { Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: carol } } },
    },
    phrasing: {},
    text: `User: ${alice} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${account}:role/app`,
  },
];

/** Every source gets the ARN: the decision names the one that decided. */
function withArn(question: Question, arn: string): Question {
  const given = (source: PolicySource): PolicySource => ({ ...source, arn });
  const { identity, boundary, session: limits, serviceControl } = question.authority;
  return {
    ...question,
    ...(question.resourceControl && { resourceControl: question.resourceControl.map(given) }),
    authority: {
      identity: identity.map(given),
      ...(boundary && { boundary: given(boundary) }),
      ...(limits && { session: limits.map(given) }),
      ...(serviceControl && { serviceControl: serviceControl.map((level) => level.map(given)) }),
    },
  };
}

for (const { who, resource = open, action = "kms:Encrypt", phrasing = { hidesExistence: true }, arn, text } of denials)
  test(text, () => {
    const asked = rehearsedQuestion(who, resource, { action });
    const question = arn === undefined ? asked : withArn(asked, arn);
    assert.equal(denialMessage(question, decide(question), phrasing), text);
  });
