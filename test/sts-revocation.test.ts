import assert from "node:assert/strict";
import { test } from "node:test";
import * as api from "@aws-sdk/client-iam";
import { ListKeysCommand } from "@aws-sdk/client-kms";
import { GetCallerIdentityCommand, GetFederationTokenCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { document, newUser, records } from "./iam-kit.ts";
import { type Credentials, iam, kms, root, sts, type TestServer, testServer } from "./kit.ts";
import { account, allowUser, assume, credentialsOf, newRole } from "./sts-kit.ts";

const RoleName = "role";
const UserName = "ann";
const policyArn = `arn:aws:iam::${account}:policy/mine`;

interface Stage {
  readonly server: TestServer;
  readonly admin: api.IAMClient;
  readonly user: Credentials;
}

interface Revocation {
  /** A session that may list keys. */
  readonly session: (stage: Stage) => Promise<Credentials>;
  readonly revoke: (stage: Stage) => Promise<unknown>;
  /** The record that ends it. */
  readonly eventName: string;
  readonly refusal: "AccessDeniedException" | "UnrecognizedClientException" | "InvalidClientTokenId";
  /** What is asked, where it is not kms:ListKeys. */
  readonly asks?: "GetCallerIdentity";
}

const roleSession = ({ server, user }: Stage): Promise<Credentials> => assume(server, user, RoleName);
const userSession = async ({ server, user }: Stage): Promise<Credentials> =>
  credentialsOf((await sts(server, user).send(new GetSessionTokenCommand({}))).Credentials!);
const federated = async ({ server, user }: Stage): Promise<Credentials> => {
  const command = new GetFederationTokenCommand({ Name: "guest", Policy: document("kms:*") });
  return credentialsOf((await sts(server, user).send(command)).Credentials!);
};
const put = (PolicyDocument: string) => (stage: Stage) =>
  stage.admin.send(new api.PutRolePolicyCommand({ RoleName, PolicyName: "AWSRevokeOlderSessions", PolicyDocument }));
const statusOf = (Status: "Inactive" | "Active") => (stage: Stage) =>
  stage.admin.send(new api.UpdateAccessKeyCommand({ UserName, AccessKeyId: stage.user.accessKeyId, Status }));
const deleteKey = ({ admin, user }: Stage) =>
  admin.send(new api.DeleteAccessKeyCommand({ UserName, AccessKeyId: user.accessKeyId }));

/** What IAM's console puts on a role whose sessions are to be revoked. */
const olderThan = (at: number): string =>
  document("*", { Effect: "Deny", Condition: { DateLessThan: { "aws:TokenIssueTime": new Date(at).toISOString() } } });
const soon = Date.now() + 3_600_000;

const revocations: Record<string, Revocation> = {
  "older sessions of a role are revoked": {
    session: roleSession,
    revoke: put(olderThan(soon)),
    eventName: "PutRolePolicy",
    refusal: "AccessDeniedException",
  },
  "the role's policy is detached": {
    session: async (stage) => {
      await stage.admin.send(new api.AttachRolePolicyCommand({ RoleName, PolicyArn: policyArn }));
      await stage.admin.send(new api.DeleteRolePolicyCommand({ RoleName, PolicyName: "all" }));
      return roleSession(stage);
    },
    revoke: ({ admin }) => admin.send(new api.DetachRolePolicyCommand({ RoleName, PolicyArn: policyArn })),
    eventName: "DetachRolePolicy",
    refusal: "AccessDeniedException",
  },
  "the role gets a boundary": {
    session: roleSession,
    revoke: ({ admin }) =>
      admin.send(new api.PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: `${policyArn}-bound` })),
    eventName: "PutRolePermissionsBoundary",
    refusal: "AccessDeniedException",
  },
  "the role is deleted": {
    session: async (stage) => {
      await stage.admin.send(new api.DeleteRolePolicyCommand({ RoleName, PolicyName: "all" }));
      return roleSession(stage);
    },
    revoke: ({ admin }) => admin.send(new api.DeleteRoleCommand({ RoleName })),
    eventName: "DeleteRole",
    refusal: "InvalidClientTokenId",
    asks: "GetCallerIdentity",
  },
  "a managed session policy gets a version that allows less": {
    session: ({ server, user }) => assume(server, user, RoleName, { PolicyArns: [{ arn: policyArn }] }),
    revoke: ({ admin }) =>
      admin.send(
        new api.CreatePolicyVersionCommand({
          PolicyArn: policyArn,
          PolicyDocument: document("kms:Encrypt"),
          SetAsDefault: true,
        }),
      ),
    eventName: "CreatePolicyVersion",
    refusal: "AccessDeniedException",
  },
  "the key behind GetSessionToken is deactivated": {
    session: userSession,
    revoke: statusOf("Inactive"),
    eventName: "UpdateAccessKey",
    refusal: "UnrecognizedClientException",
  },
  "the key behind GetFederationToken is deleted": {
    session: federated,
    revoke: deleteKey,
    eventName: "DeleteAccessKey",
    refusal: "UnrecognizedClientException",
  },
  "the policy of the user who federated is taken away": {
    session: federated,
    revoke: ({ admin }) => admin.send(new api.DeleteUserPolicyCommand({ UserName, PolicyName: "given" })),
    eventName: "DeleteUserPolicy",
    refusal: "AccessDeniedException",
  },
};

async function stage(): Promise<Stage & AsyncDisposable> {
  const server = await testServer();
  const user = await newUser(server, UserName);
  await allowUser(server, UserName, ["sts:*", "kms:*"]);
  await newRole(server, RoleName);
  const admin = iam(server);
  await admin.send(new api.CreatePolicyCommand({ PolicyName: "mine", PolicyDocument: document("kms:ListKeys") }));
  const bound = { PolicyName: "mine-bound", PolicyDocument: document("kms:Encrypt") };
  await admin.send(new api.CreatePolicyCommand(bound));
  return { server, admin, user, [Symbol.asyncDispose]: () => server.close() };
}

/** "" for a yes, the error's name for a no. */
const asking = (server: TestServer, session: Credentials, asks: Revocation["asks"]): (() => Promise<string>) => {
  const [keys, who] = [kms(server, session), sts(server, session)];
  return () =>
    (asks ? who.send(new GetCallerIdentityCommand({})) : keys.send(new ListKeysCommand({}))).then(
      () => "",
      (error: Error) => error.name,
    );
};

for (const [name, { session, revoke, eventName, refusal, asks }] of Object.entries(revocations))
  test(`once ${name} no call of the session is answered, begun before or after`, async () => {
    await using here = await stage();
    const { server } = here;
    const credentials = await session(here);
    const ask = asking(server, credentials, asks);
    assert.equal(await ask(), "");
    let revoked = false;
    const user = async (): Promise<void> => {
      for (let last = false; !last; ) {
        const began = revoked;
        last = began;
        const told = await ask();
        assert.ok(began ? told === refusal : told === "" || told === refusal, `${began} ${told}`);
      }
    };
    const users = Array.from({ length: 8 }, user);
    await ask();
    await revoke(here);
    revoked = true;
    await Promise.all(users);
    const trail = await records(server);
    const at = trail.findLastIndex((one) => one["eventName"] === eventName);
    assert.ok(at > 0 && trail[at]!["errorCode"] === undefined);
    const of = (list: typeof trail) =>
      list.filter(
        ({ userIdentity, errorCode }) =>
          userIdentity.accessKeyId === credentials.accessKeyId && errorCode === undefined,
      );
    assert.ok(of(trail.slice(0, at)).length > 0);
    assert.deepEqual(of(trail.slice(at)), []);
  });

test("what AWS leaves alone goes on: younger sessions, a changed trust policy, a key that is active again", async () => {
  await using here = await stage();
  const { server, admin } = here;
  const [role, token] = [await roleSession(here), await userSession(here)];
  await put(olderThan(Date.now() - 3_600_000))(here);
  assert.equal(await asking(server, role, undefined)(), "");
  const closed = document("sts:AssumeRole", { Resource: undefined, Effect: "Deny", Principal: { AWS: account } });
  await admin.send(new api.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: closed }));
  assert.equal(await asking(server, role, undefined)(), "");
  await statusOf("Inactive")(here);
  assert.equal(await asking(server, token, undefined)(), "UnrecognizedClientException");
  assert.equal(await asking(server, role, undefined)(), "", "a role's session is the role's");
  await statusOf("Active")(here);
  assert.equal(await asking(server, token, undefined)(), "");
  // The well-known credentials have no key that could be taken away.
  const { Credentials: made } = await sts(server, root).send(new GetSessionTokenCommand({}));
  assert.equal(await asking(server, credentialsOf(made!), undefined)(), "");
});

test("a role that was made again under its name has none of the sessions of the one before", async () => {
  await using here = await stage();
  const { server, admin } = here;
  const before = await roleSession(here);
  await admin.send(new api.DeleteRolePolicyCommand({ RoleName, PolicyName: "all" }));
  await admin.send(new api.DeleteRoleCommand({ RoleName }));
  await newRole(server, RoleName);
  assert.equal(await asking(server, before, undefined)(), "UnrecognizedClientException");
  assert.equal(await asking(server, await roleSession(here), undefined)(), "");
});
