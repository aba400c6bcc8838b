import assert from "node:assert/strict";
import { test } from "node:test";
import * as api from "@aws-sdk/client-iam";
import { CreateKeyCommand, EncryptCommand, GetKeyPolicyCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { document, newUser, trusting } from "./iam-kit.ts";
import { type Credentials, iam, kms, sts, testServer, type TestServer } from "./kit.ts";
import { refused } from "./refused.ts";

const alice = "arn:aws:iam::000000000000:user/alice";
const trustOf = async (server: TestServer): Promise<string> => {
  const { Role } = await iam(server).send(new api.GetRoleCommand({ RoleName: "worker" }));
  return decodeURIComponent(Role!.AssumeRolePolicyDocument!);
};

async function dismiss(server: TestServer, UserName: string, { accessKeyId }: Credentials): Promise<void> {
  await iam(server).send(new api.DeleteAccessKeyCommand({ UserName, AccessKeyId: accessKeyId }));
  await iam(server).send(new api.DeleteUserCommand({ UserName }));
}

test("a user made again under the same name does not inherit what a trust policy gave", async () => {
  await using server = await testServer();
  const admin = iam(server);
  const first = await newUser(server, "alice");
  const { User } = await admin.send(new api.GetUserCommand({ UserName: "alice" }));
  const AssumeRolePolicyDocument = trusting({ AWS: alice });
  await admin.send(new api.CreateRoleCommand({ RoleName: "worker", AssumeRolePolicyDocument }));
  const RoleArn = "arn:aws:iam::000000000000:role/worker";
  const assume = (as: Credentials) =>
    sts(server, as).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "session" }));
  await assume(first);
  assert.equal(await trustOf(server), AssumeRolePolicyDocument);

  await dismiss(server, "alice", first);
  assert.equal(await trustOf(server), trusting({ AWS: User!.UserId! }));
  const second = await newUser(server, "alice");
  await assert.rejects(assume(second), refused("AccessDenied"));
  assert.equal(await trustOf(server), trusting({ AWS: User!.UserId! }));

  await admin.send(
    new api.UpdateAssumeRolePolicyCommand({ RoleName: "worker", PolicyDocument: AssumeRolePolicyDocument }),
  );
  await assume(second);
  // Who is named by an id that nobody has any more cannot be named again.
  await assert.rejects(
    admin.send(
      new api.UpdateAssumeRolePolicyCommand({ RoleName: "worker", PolicyDocument: trusting({ AWS: User!.UserId! }) }),
    ),
    refused("MalformedPolicyDocumentException", new RegExp(`^Invalid principal in policy: "AWS":"${User!.UserId}"$`)),
  );
});

test("a renamed user keeps its keys, its groups and what policies gave it, and policies read its new name", async () => {
  await using server = await testServer();
  const admin = iam(server);
  const credentials = await newUser(server, "alice");
  await admin.send(new api.CreateGroupCommand({ GroupName: "Staff" }));
  await admin.send(new api.AddUserToGroupCommand({ GroupName: "staff", UserName: "alice" }));
  const PolicyArn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
  await admin.send(new api.AttachUserPolicyCommand({ UserName: "alice", PolicyArn }));
  await admin.send(
    new api.CreateRoleCommand({ RoleName: "worker", AssumeRolePolicyDocument: trusting({ AWS: alice }) }),
  );
  await admin.send(new api.UpdateUserCommand({ UserName: "alice", NewUserName: "Alicia", NewPath: "/staff/" }));
  assert.equal(await trustOf(server), trusting({ AWS: "arn:aws:iam::000000000000:user/staff/Alicia" }));
  const { User } = await iam(server, credentials).send(new api.GetUserCommand({}));
  assert.equal(User!.UserName, "Alicia");
  const RoleArn = "arn:aws:iam::000000000000:role/worker";
  await sts(server, credentials).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "session" }));
  const { Users } = await admin.send(new api.GetGroupCommand({ GroupName: "Staff" }));
  assert.deepEqual(
    Users!.map(({ UserName }) => UserName),
    ["Alicia"],
  );
  await admin.send(new api.UpdateGroupCommand({ GroupName: "Staff", NewGroupName: "night" }));
  const { Groups } = await admin.send(new api.ListGroupsForUserCommand({ UserName: "alicia" }));
  assert.deepEqual(
    Groups!.map(({ GroupName }) => GroupName),
    ["night"],
  );
  const { PolicyUsers } = await admin.send(new api.ListEntitiesForPolicyCommand({ PolicyArn }));
  assert.deepEqual(
    PolicyUsers!.map(({ UserName }) => UserName),
    ["Alicia"],
  );
  // The name that is free again belongs to somebody else.
  const other = await newUser(server, "alice");
  await assert.rejects(
    sts(server, other).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "session" })),
    refused("AccessDenied"),
  );
});

test("a key policy means who was named: a role made again is refused, and its id is read", async () => {
  await using server = await testServer();
  const admin = iam(server);
  const RoleName = "worker";
  const make = () =>
    admin.send(new api.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusting({ AWS: alice }) }));
  const user = await newUser(server, "alice");
  const { Role } = await make();
  const session = async (): Promise<Credentials> => {
    const { Credentials: given } = await sts(server, user).send(
      new AssumeRoleCommand({ RoleArn: Role!.Arn!, RoleSessionName: "session" }),
    );
    return {
      accessKeyId: given!.AccessKeyId!,
      secretAccessKey: given!.SecretAccessKey!,
      sessionToken: given!.SessionToken!,
    };
  };
  const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata!.KeyId!;
  const statement = (AWS: string, Action: string) => ({
    Effect: "Allow",
    Principal: { AWS },
    Action,
    Resource: "*",
    Condition: { StringLike: { "aws:PrincipalArn": Role!.Arn!.replace("worker", "*") } },
  });
  const { Condition: _none, ...own } = statement("arn:aws:iam::000000000000:root", "kms:*");
  const Statement = [own, statement(Role!.Arn!, "kms:Encrypt")];
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await kms(server).send(new PutKeyPolicyCommand({ KeyId, Policy }));
  const encrypt = async (as: Credentials) =>
    kms(server, as).send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
  const read = async () => (await kms(server).send(new GetKeyPolicyCommand({ KeyId }))).Policy;
  const old = await session();
  await encrypt(old);
  assert.equal(await read(), Policy);

  await admin.send(new api.DeleteRoleCommand({ RoleName }));
  await assert.rejects(encrypt(old), refused("UnrecognizedClientException"));
  await make();
  await assert.rejects(encrypt(await session()), refused("AccessDeniedException"));
  assert.equal(await read(), Policy.replace(`"AWS":"${Role!.Arn}"`, `"AWS":"${Role!.RoleId}"`));
});

test("deleting is refused while anything hangs on it", async () => {
  await using server = await testServer();
  const admin = iam(server);
  const credentials = await newUser(server, "alice");
  const UserName = "alice";
  await admin.send(new api.CreateGroupCommand({ GroupName: "staff" }));
  await admin.send(new api.AddUserToGroupCommand({ GroupName: "staff", UserName }));
  await admin.send(
    new api.PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument: document("kms:Encrypt") }),
  );
  const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
  await admin.send(new api.AttachUserPolicyCommand({ UserName, PolicyArn }));
  const deleting = () => admin.send(new api.DeleteUserCommand({ UserName }));
  const conflict = (text: RegExp) => refused("DeleteConflictException", text);
  await assert.rejects(deleting(), conflict(/^Cannot delete entity, must detach all policies first\.$/));
  await admin.send(new api.DetachUserPolicyCommand({ UserName, PolicyArn }));
  await assert.rejects(deleting(), conflict(/^Cannot delete entity, must delete policies first\.$/));
  await admin.send(new api.DeleteUserPolicyCommand({ UserName, PolicyName: "p" }));
  await assert.rejects(deleting(), conflict(/^Cannot delete entity, must delete access keys first\.$/));
  await admin.send(new api.DeleteAccessKeyCommand({ UserName, AccessKeyId: credentials.accessKeyId }));
  await assert.rejects(deleting(), conflict(/^Cannot delete entity, must remove users from group first\.$/));
  await assert.rejects(
    admin.send(new api.DeleteGroupCommand({ GroupName: "staff" })),
    conflict(/^Cannot delete entity, must remove users from group first\.$/),
  );
  await admin.send(new api.RemoveUserFromGroupCommand({ GroupName: "STAFF", UserName: "ALICE" }));
  await admin.send(new api.DeleteGroupCommand({ GroupName: "staff" }));
  await deleting();
});
