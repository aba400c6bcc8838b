import assert from "node:assert/strict";
import { test } from "node:test";
import { authorizationFailure } from "./authorization-failure.ts";
import { rehearsedQuestion, type RehearsedPrincipal } from "./rehearsal.ts";

const instance = { arn: "arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0" };
const asked = { action: "ec2:StopInstances", context: { "ec2:Tenancy": "default", "aws:TagKeys": ["a", "b"] } };
const statement = (Effect: string, more: object = {}) => ({
  Version: "2012-10-17",
  Statement: [{ Effect, Action: "ec2:*", Resource: "*", ...more }],
});

const failureOf = (principal: RehearsedPrincipal, resource: object = instance): any => {
  const question = rehearsedQuestion(principal, { trust: "identity", ...instance, ...resource } as never, asked);
  return JSON.parse(JSON.stringify(authorizationFailure({ ...question, trust: "identity" })));
};

const bob = { arn: "arn:aws:iam::111122223333:user/team/Bob", uniqueId: "AIDACKCEVSQ6C2EXAMPLE" };

test("a denial for lack of a permission: AWS's members, and what conditions saw", () => {
  const { context, ...rest } = failureOf(bob);
  assert.deepEqual(rest, {
    allowed: false,
    explicitDeny: false,
    matchedStatements: { items: [] },
    failures: { items: [] },
  });
  const { conditions, ...asks } = context;
  assert.deepEqual(asks, {
    principal: { id: "AIDACKCEVSQ6C2EXAMPLE", name: "Bob", arn: bob.arn },
    action: "ec2:StopInstances",
    resource: instance.arn,
  });
  for (const expected of [
    { key: "ec2:tenancy", values: { items: [{ value: "default" }] } },
    { key: "aws:tagkeys", values: { items: [{ value: "a" }, { value: "b" }] } },
  ])
    assert.ok(conditions.items.some((one: object) => JSON.stringify(one) === JSON.stringify(expected)));
});

test("an explicit deny tells the statement that said no, and not the others", () => {
  const Condition = { StringEquals: { "ec2:Tenancy": ["default", "host"] } };
  const { explicitDeny, matchedStatements } = failureOf({
    ...bob,
    policies: [statement("Deny", { Sid: "NoStop", Condition }), statement("Deny", { Action: "ec2:Run*" })],
  });
  assert.equal(explicitDeny, true);
  assert.deepEqual(matchedStatements.items, [
    {
      statementId: "NoStop",
      effect: "DENY",
      principals: { items: [{ value: "AIDACKCEVSQ6C2EXAMPLE" }] },
      principalGroups: { items: [] },
      actions: { items: [{ value: "ec2:*" }] },
      resources: { items: [{ value: "*" }] },
      conditions: {
        items: [{ key: "ec2:Tenancy", values: { items: [{ value: "default" }, { value: "host" }] } }],
      },
    },
  ]);
  const excepting = { NotAction: "iam:*", NotResource: "arn:aws:s3:::*", Action: undefined, Resource: undefined };
  const [item] = failureOf({ ...bob, policies: [statement("Deny", excepting)] }).matchedStatements.items;
  assert.deepEqual(
    [item.statementId, item.notActions, item.notResources, item.actions, item.resources],
    ["", { items: [{ value: "iam:*" }] }, { items: [{ value: "arn:aws:s3:::*" }] }, undefined, undefined],
  );
});

test("an organization's statement is not told, only that there was one", () => {
  const { explicitDeny, matchedStatements } = failureOf({
    ...bob,
    policies: [statement("Allow")],
    serviceControl: [[statement("Deny", { Sid: "Secret" })]],
  });
  assert.deepEqual([explicitDeny, matchedStatements], [true, { items: [] }]);
});

test("a session has its id and no name", () => {
  const arn = "arn:aws:sts::111122223333:assumed-role/Build/run-7";
  const { principal } = failureOf({ arn, uniqueId: "AROACKCEVSQ6C2EXAMPLE" }).context;
  assert.deepEqual(principal, { id: "AROACKCEVSQ6C2EXAMPLE:run-7", arn });
});
