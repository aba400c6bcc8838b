import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreateUserCommand,
  PutGroupPolicyCommand,
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import { iam, rootOf, testServer } from "./kit.ts";

const document = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const key = "arn:aws:kms:eu-west-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const allow = (Action: string, more: object = {}) => ({ Effect: "Allow", Action, Resource: "*", ...more });

test("SimulateCustomPolicy: decisions, matched statements, missing values, boundaries, pages", async () => {
  await using server = await testServer();
  const simulate = (input: SimulateCustomPolicyCommandInput) =>
    iam(server).send(new SimulateCustomPolicyCommand(input));
  const PolicyInputList = [
    document(
      allow("kms:Encrypt"),
      allow("kms:Decrypt", { Condition: { StringEquals: { "kms:EncryptionContext:dept": "hr" } } }),
    ),
    document({ Effect: "Deny", Action: "kms:DisableKey", Resource: "*" }),
  ];
  const ActionNames = ["kms:Encrypt", "kms:Decrypt", "kms:DisableKey", "kms:Sign"];
  const { EvaluationResults } = await simulate({ PolicyInputList, ActionNames, ResourceArns: [key] });
  assert.deepEqual(
    EvaluationResults!.map(({ EvalActionName, EvalDecision, EvalResourceName }) => [
      EvalActionName,
      EvalDecision,
      EvalResourceName,
    ]),
    [
      ["kms:Encrypt", "allowed", key],
      ["kms:Decrypt", "implicitDeny", key],
      ["kms:DisableKey", "explicitDeny", key],
      ["kms:Sign", "implicitDeny", key],
    ],
  );
  assert.equal(EvaluationResults![2]!.MatchedStatements![0]!.SourcePolicyId, "PolicyInputList.2");
  assert.deepEqual(EvaluationResults![1]!.MissingContextValues, ["kms:EncryptionContext:dept"]);
  const ContextEntries = [
    { ContextKeyName: "kms:EncryptionContext:dept", ContextKeyValues: ["hr"], ContextKeyType: "string" as const },
  ];
  const given = await simulate({ PolicyInputList, ActionNames: ["kms:Decrypt"], ContextEntries });
  assert.equal(given.EvaluationResults![0]!.EvalDecision, "allowed");
  const bounded = await simulate({
    PolicyInputList,
    ActionNames: ["kms:Encrypt"],
    PermissionsBoundaryPolicyInputList: [document(allow("s3:*"))],
  });
  assert.equal(bounded.EvaluationResults![0]!.EvalDecision, "implicitDeny");
  assert.equal(bounded.EvaluationResults![0]!.PermissionsBoundaryDecisionDetail!.AllowedByPermissionsBoundary, false);
  const first = await simulate({ PolicyInputList, ActionNames, MaxItems: 3 });
  assert.deepEqual([first.IsTruncated, first.EvaluationResults!.length], [true, 3]);
  const last = await simulate({ PolicyInputList, ActionNames, Marker: first.Marker });
  assert.deepEqual([last.IsTruncated, last.EvaluationResults!.length], [false, 1]);
  const caller = "arn:aws:iam::000000000000:user/alice";
  const ResourcePolicy = document({ ...allow("kms:*"), Principal: { AWS: caller } });
  const direct = await simulate({
    PolicyInputList: [document(allow("s3:*"))],
    ActionNames: ["kms:Sign"],
    ResourceArns: [key],
    ResourcePolicy,
    CallerArn: caller,
  });
  assert.equal(direct.EvaluationResults![0]!.EvalDecision, "allowed");
  await assert.rejects(simulate({ PolicyInputList: ["{}"], ActionNames }), { name: "InvalidInputException" });
});

test("SimulatePrincipalPolicy: the principal's own policies, its groups' and those added", async () => {
  await using server = await testServer();
  const client = iam(server);
  await client.send(new CreateUserCommand({ UserName: "alice", Tags: [{ Key: "team", Value: "hr" }] }));
  await client.send(new CreateGroupCommand({ GroupName: "staff" }));
  await client.send(new AddUserToGroupCommand({ UserName: "alice", GroupName: "staff" }));
  const condition = { Condition: { StringEquals: { "aws:PrincipalTag/team": "hr" } } };
  await client.send(
    new PutGroupPolicyCommand({
      GroupName: "staff",
      PolicyName: "own",
      PolicyDocument: document(allow("kms:Encrypt", condition)),
    }),
  );
  const ActionNames = ["kms:Encrypt", "kms:Decrypt"];
  const decided = async (PolicySourceArn: string, PolicyInputList?: string[]) => {
    const { EvaluationResults } = await client.send(
      new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames, PolicyInputList }),
    );
    return EvaluationResults!.map(({ EvalDecision }) => EvalDecision);
  };
  const alice = "arn:aws:iam::000000000000:user/alice";
  assert.deepEqual(await decided(alice), ["allowed", "implicitDeny"]);
  assert.deepEqual(await decided(alice, [document(allow("kms:Decrypt"))]), ["allowed", "allowed"]);
  assert.deepEqual(await decided("arn:aws:iam::000000000000:group/staff"), ["implicitDeny", "implicitDeny"]);
  await assert.rejects(decided("arn:aws:iam::000000000000:user/bob"), { name: "NoSuchEntityException" });
  const foreign = new SimulatePrincipalPolicyCommand({ PolicySourceArn: alice, ActionNames });
  await assert.rejects(iam(server, rootOf("111122223333")).send(foreign), { name: "InvalidInputException" });
});
