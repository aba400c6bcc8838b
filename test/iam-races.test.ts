import assert from "node:assert/strict";
import { test } from "node:test";
import * as api from "@aws-sdk/client-iam";
import { ListKeysCommand } from "@aws-sdk/client-kms";
import { document, newUser, records } from "./iam-kit.ts";
import { iam, kms, testServer } from "./kit.ts";
import { refused } from "./refused.ts";

const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<PromiseSettledResult<T>[]> =>
  Promise.allSettled(Array.from({ length: count }, (_, index) => make(index)));
const done = (results: readonly PromiseSettledResult<unknown>[]): number =>
  results.filter(({ status }) => status === "fulfilled").length;

test("no call with a disabled or deleted key is answered after the trail says that it was disabled", async () => {
  await using server = await testServer();
  const admin = iam(server);
  const credentials = await newUser(server, "alice");
  const AccessKeyId = credentials.accessKeyId;
  const PolicyDocument = document("kms:ListKeys");
  await admin.send(new api.PutUserPolicyCommand({ UserName: "alice", PolicyName: "p", PolicyDocument }));
  const alice = kms(server, credentials);
  const calls = times(60, () => alice.send(new ListKeysCommand({})));
  await alice.send(new ListKeysCommand({}));
  await admin.send(new api.UpdateAccessKeyCommand({ UserName: "alice", AccessKeyId, Status: "Inactive" }));
  const after = times(10, () => alice.send(new ListKeysCommand({})));
  assert.equal(done(await after), 0);
  await calls;
  const trail = await records(server);
  const disabled = trail.findIndex(({ eventName }) => eventName === "UpdateAccessKey");
  const late = trail.slice(disabled).filter(({ userIdentity }) => userIdentity.accessKeyId === AccessKeyId);
  assert.ok(disabled > 0);
  assert.deepEqual(late, []);
});

test("limits hold however many ask at once", async () => {
  await using server = await testServer();
  const admin = iam(server);
  await admin.send(new api.CreateUserCommand({ UserName: "alice" }));
  const keys = await times(6, () => admin.send(new api.CreateAccessKeyCommand({ UserName: "alice" })));
  assert.equal(done(keys), 2);
  const created = await times(6, () => admin.send(new api.CreateUserCommand({ UserName: "Bob" })));
  assert.equal(done(created), 1);
  const PolicyDocument = document("kms:ListKeys");
  const policies = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      admin.send(new api.CreatePolicyCommand({ PolicyName: `p${index}`, PolicyDocument })),
    ),
  );
  const attached = await times(12, (index) =>
    admin.send(new api.AttachUserPolicyCommand({ UserName: "bob", PolicyArn: policies[index]!.Policy!.Arn })),
  );
  assert.equal(done(attached), 10);
  const groups = await times(12, async (index) => {
    await admin.send(new api.CreateGroupCommand({ GroupName: `g${index}` }));
    await admin.send(new api.AddUserToGroupCommand({ GroupName: `g${index}`, UserName: "bob" }));
  });
  assert.equal(done(groups), 10);
});

test("who deletes and who attaches at the same moment cannot both be right", async () => {
  await using server = await testServer();
  const admin = iam(server);
  const PolicyDocument = document("kms:ListKeys");
  for (let round = 0; round < 8; round++) {
    const UserName = `user${round}`;
    await admin.send(new api.CreateUserCommand({ UserName }));
    const { Policy } = await admin.send(new api.CreatePolicyCommand({ PolicyName: `p${round}`, PolicyDocument }));
    const PolicyArn = Policy!.Arn;
    const attach = () => admin.send(new api.AttachUserPolicyCommand({ UserName, PolicyArn }));
    const remove = () => admin.send(new api.DeletePolicyCommand({ PolicyArn }));
    const both = round % 2 === 0 ? [attach, remove] : [remove, attach];
    assert.equal(done(await Promise.allSettled<unknown>(both.map((start) => start()))), 1);
    const { AttachedPolicies } = await admin.send(new api.ListAttachedUserPoliciesCommand({ UserName }));
    const exists = await admin.send(new api.GetPolicyCommand({ PolicyArn })).then(
      ({ Policy: found }) => found!.AttachmentCount,
      () => 0,
    );
    assert.equal(AttachedPolicies!.length, exists);
  }
  const keyed = await Promise.allSettled([
    admin.send(new api.CreateAccessKeyCommand({ UserName: "user1" })),
    admin.send(
      new api.DetachUserPolicyCommand({ UserName: "user1", PolicyArn: "arn:aws:iam::000000000000:policy/p1" }),
    ),
  ]);
  assert.equal(keyed[0].status, "fulfilled");
  await assert.rejects(
    admin.send(new api.DeleteUserCommand({ UserName: "user1" })),
    refused("DeleteConflictException", /access keys first/),
  );
});
