import assert from "node:assert/strict";
import { test } from "node:test";
import * as api from "@aws-sdk/client-iam";
import { CreateKeyCommand, GenerateRandomCommand, ListKeysCommand } from "@aws-sdk/client-kms";
import { document, newUser } from "./iam-kit.ts";
import { iam, kms, testServer } from "./kit.ts";
import { refused } from "./refused.ts";

test("a managed policy has versions, a default that decides at once, and uses that hold it", async () => {
  await using server = await testServer();
  const admin = iam(server);
  const alice = kms(server, await newUser(server, "alice"));
  const { Policy } = await admin.send(
    new api.CreatePolicyCommand({ PolicyName: "keys", Path: "/team/", PolicyDocument: document("kms:ListKeys") }),
  );
  const PolicyArn = Policy!.Arn!;
  assert.match(Policy!.PolicyId!, /^ANPA/);
  await admin.send(new api.AttachUserPolicyCommand({ UserName: "alice", PolicyArn }));
  await alice.send(new ListKeysCommand({}));
  await admin.send(new api.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document("kms:GenerateRandom") }));
  await alice.send(new ListKeysCommand({}));
  await admin.send(new api.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: "v2" }));
  await assert.rejects(alice.send(new ListKeysCommand({})), refused("AccessDeniedException"));
  await alice.send(new GenerateRandomCommand({ NumberOfBytes: 8 }));
  for (const action of ["kms:A", "kms:B", "kms:C"])
    await admin.send(new api.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document(action) }));
  await assert.rejects(
    admin.send(new api.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document("kms:D") })),
    refused("LimitExceededException", /^A managed policy can have up to 5 versions\./),
  );
  await assert.rejects(
    admin.send(new api.DeletePolicyVersionCommand({ PolicyArn, VersionId: "v2" })),
    refused("DeleteConflictException", /^Cannot delete the default version of a policy\.$/),
  );
  const { PolicyVersion } = await admin.send(new api.GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
  assert.equal(PolicyVersion!.Document, encodeURIComponent(document("kms:ListKeys")).replaceAll("*", "%2A"));
  await assert.rejects(
    admin.send(new api.DeletePolicyCommand({ PolicyArn })),
    refused("DeleteConflictException", /^Cannot delete a policy attached to entities\.$/),
  );
  const read = await admin.send(new api.GetPolicyCommand({ PolicyArn }));
  assert.equal(read.Policy!.AttachmentCount, 1);
  await admin.send(new api.DetachUserPolicyCommand({ UserName: "alice", PolicyArn }));
  await assert.rejects(
    admin.send(new api.DeletePolicyCommand({ PolicyArn })),
    refused("DeleteConflictException", /versions/),
  );
  for (const VersionId of ["v1", "v3", "v4", "v5"])
    await admin.send(new api.DeletePolicyVersionCommand({ PolicyArn, VersionId }));
  await admin.send(new api.DeletePolicyCommand({ PolicyArn }));
  await assert.rejects(
    admin.send(new api.GetPolicyCommand({ PolicyArn })),
    refused("NoSuchEntityException", /^Policy .*policy\/team\/keys was not found\.$/),
  );
});

test("a group's policies and a boundary count from the next call on", async () => {
  await using server = await testServer();
  const admin = iam(server);
  const alice = kms(server, await newUser(server, "alice"));
  await admin.send(new api.CreateGroupCommand({ GroupName: "staff" }));
  await admin.send(
    new api.PutGroupPolicyCommand({ GroupName: "staff", PolicyName: "all", PolicyDocument: document("kms:*") }),
  );
  await assert.rejects(alice.send(new CreateKeyCommand({})), refused("AccessDeniedException", /identity-based/));
  await admin.send(new api.AddUserToGroupCommand({ GroupName: "staff", UserName: "alice" }));
  await alice.send(new CreateKeyCommand({}));
  const { Policy } = await admin.send(
    new api.CreatePolicyCommand({ PolicyName: "most", PolicyDocument: document("kms:List*") }),
  );
  const PermissionsBoundary = Policy!.Arn!;
  await admin.send(new api.PutUserPermissionsBoundaryCommand({ UserName: "alice", PermissionsBoundary }));
  await assert.rejects(alice.send(new CreateKeyCommand({})), refused("AccessDeniedException", /permissions boundary/));
  await assert.rejects(
    admin.send(new api.DeletePolicyCommand({ PolicyArn: PermissionsBoundary })),
    refused("DeleteConflictException"),
  );
  const bounded = await admin.send(
    new api.ListEntitiesForPolicyCommand({ PolicyArn: PermissionsBoundary, PolicyUsageFilter: "PermissionsBoundary" }),
  );
  assert.equal(bounded.PolicyUsers!.length, 1);
  await admin.send(new api.DeleteUserPermissionsBoundaryCommand({ UserName: "alice" }));
  await alice.send(new CreateKeyCommand({}));
  await admin.send(new api.RemoveUserFromGroupCommand({ GroupName: "staff", UserName: "alice" }));
  await assert.rejects(alice.send(new CreateKeyCommand({})), refused("AccessDeniedException"));
});

test("whoever may administer is limited by ARN, tags and the policy that is attached", async () => {
  await using server = await testServer();
  const admin = iam(server);
  const clerk = iam(server, await newUser(server, "clerk"));
  const Statement = [
    { Effect: "Allow", Action: "iam:CreateUser", Resource: "arn:aws:iam::*:user/staff/*" },
    {
      Effect: "Allow",
      Action: "iam:DeleteUser",
      Resource: "*",
      Condition: { StringEquals: { "aws:ResourceTag/team": "a" } },
    },
    {
      Effect: "Allow",
      Action: "iam:AttachUserPolicy",
      Resource: "*",
      Condition: { ArnEquals: { "iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess" } },
    },
    {
      Effect: "Allow",
      Action: "iam:TagUser",
      Resource: "*",
      Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } },
    },
  ];
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await admin.send(new api.PutUserPolicyCommand({ UserName: "clerk", PolicyName: "p", PolicyDocument }));
  await assert.rejects(
    clerk.send(new api.CreateUserCommand({ UserName: "bob" })),
    refused(
      "AccessDenied",
      /^User: arn:aws:iam::000000000000:user\/clerk is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::000000000000:user\/bob because no identity-based policy allows the iam:CreateUser action$/,
    ),
  );
  await clerk.send(new api.CreateUserCommand({ UserName: "bob", Path: "/staff/" }));
  await assert.rejects(
    clerk.send(new api.GetUserCommand({ UserName: "bob" })),
    refused("AccessDenied", /iam:GetUser on resource: user bob because/),
  );
  const attach = (policy: string) =>
    clerk.send(new api.AttachUserPolicyCommand({ UserName: "bob", PolicyArn: `arn:aws:iam::aws:policy/${policy}` }));
  await assert.rejects(attach("AdministratorAccess"), refused("AccessDenied"));
  await attach("ReadOnlyAccess");
  await admin.send(
    new api.DetachUserPolicyCommand({ UserName: "bob", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }),
  );
  await assert.rejects(clerk.send(new api.DeleteUserCommand({ UserName: "bob" })), refused("AccessDenied"));
  const tag = (Key: string) => clerk.send(new api.TagUserCommand({ UserName: "bob", Tags: [{ Key, Value: "a" }] }));
  await assert.rejects(tag("rank"), refused("AccessDenied"));
  await tag("team");
  await clerk.send(new api.DeleteUserCommand({ UserName: "bob" }));
});
