import assert from "node:assert/strict";
import { test } from "node:test";
import * as api from "@aws-sdk/client-iam";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { document, newUser, trusting } from "./iam-kit.ts";
import { iam, rootOf, sts, testServer } from "./kit.ts";
import { refused } from "./refused.ts";

test("an OpenID Connect provider is made, changed, read and deleted; others do not see it", async () => {
  await using server = await testServer();
  const admin = iam(server);
  const create = (Url: string) =>
    admin.send(
      new api.CreateOpenIDConnectProviderCommand({
        Url,
        ClientIDList: ["one"],
        ThumbprintList: ["a".repeat(40)],
        Tags: [{ Key: "team", Value: "a" }],
      }),
    );
  const { OpenIDConnectProviderArn: arn } = await create("https://issuer.example.com/realm");
  assert.equal(arn, "arn:aws:iam::000000000000:oidc-provider/issuer.example.com/realm");
  await assert.rejects(
    create("https://issuer.example.com/realm"),
    refused(
      "EntityAlreadyExistsException",
      /^Provider with url https:\/\/issuer\.example\.com\/realm already exists\.$/,
    ),
  );
  for (const url of ["http://a.example.com", "https://a@b.example.com", "https://a/?q=1", "https://a/../b", "https://"])
    await assert.rejects(create(url), refused("ValidationError", /Invalid Open ID Connect Provider URL/), url);
  const named = { OpenIDConnectProviderArn: arn };
  await admin.send(new api.AddClientIDToOpenIDConnectProviderCommand({ ...named, ClientID: "two" }));
  await admin.send(new api.AddClientIDToOpenIDConnectProviderCommand({ ...named, ClientID: "two" }));
  await admin.send(new api.RemoveClientIDFromOpenIDConnectProviderCommand({ ...named, ClientID: "one" }));
  await admin.send(
    new api.UpdateOpenIDConnectProviderThumbprintCommand({ ...named, ThumbprintList: ["b".repeat(40)] }),
  );
  await admin.send(new api.UntagOpenIDConnectProviderCommand({ ...named, TagKeys: ["TEAM"] }));
  const read = await admin.send(new api.GetOpenIDConnectProviderCommand(named));
  assert.deepEqual(
    [read.Url, read.ClientIDList, read.ThumbprintList, read.Tags],
    ["issuer.example.com/realm", ["two"], ["b".repeat(40)], undefined],
  );
  const other = iam(server, rootOf("111122223333"));
  await assert.rejects(other.send(new api.GetOpenIDConnectProviderCommand(named)), refused("AccessDenied"));
  await assert.rejects(other.send(new api.DeleteOpenIDConnectProviderCommand(named)), refused("AccessDenied"));
  await admin.send(new api.DeleteOpenIDConnectProviderCommand(named));
  await admin.send(new api.DeleteOpenIDConnectProviderCommand(named));
  await assert.rejects(
    admin.send(new api.GetOpenIDConnectProviderCommand(named)),
    refused("NoSuchEntityException", /^OpenIDConnect Provider not found for arn arn:aws:iam:/),
  );
});

test("a service-linked role is its service's: nobody changes or assumes it", async () => {
  await using server = await testServer();
  const admin = iam(server);
  const create = () =>
    admin.send(new api.CreateServiceLinkedRoleCommand({ AWSServiceName: "autoscaling.amazonaws.com" }));
  const { Role } = await create();
  const RoleName = "AWSServiceRoleForAutoScaling";
  assert.equal(Role!.Arn, `arn:aws:iam::000000000000:role/aws-service-role/autoscaling.amazonaws.com/${RoleName}`);
  await assert.rejects(create(), refused("InvalidInputException", /has been taken in this account/));
  const unmodifiable = refused("UnmodifiableEntityException", /is only modifiable by AWS$/);
  const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
  await assert.rejects(admin.send(new api.AttachRolePolicyCommand({ RoleName, PolicyArn })), unmodifiable);
  await assert.rejects(
    admin.send(new api.PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument: document("*") })),
    unmodifiable,
  );
  await assert.rejects(
    admin.send(new api.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trusting("*") })),
    unmodifiable,
  );
  await assert.rejects(admin.send(new api.DeleteRoleCommand({ RoleName })), unmodifiable);
  const alice = await newUser(server, "alice");
  await assert.rejects(
    sts(server, alice).send(new AssumeRoleCommand({ RoleArn: Role!.Arn, RoleSessionName: "session" })),
    refused("AccessDenied"),
  );
  const { DeletionTaskId } = await admin.send(new api.DeleteServiceLinkedRoleCommand({ RoleName }));
  const status = (account?: string) =>
    iam(server, account === undefined ? undefined : rootOf(account)).send(
      new api.GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }),
    );
  assert.equal((await status()).Status, "SUCCEEDED");
  await assert.rejects(status("111122223333"), refused("NoSuchEntityException"));
  await assert.rejects(admin.send(new api.GetRoleCommand({ RoleName })), refused("NoSuchEntityException"));
});

test("an account has one alias, and an alias one account", async () => {
  await using server = await testServer();
  const [one, two] = [iam(server), iam(server, rootOf("111122223333"))];
  await one.send(new api.CreateAccountAliasCommand({ AccountAlias: "keys" }));
  await assert.rejects(
    two.send(new api.CreateAccountAliasCommand({ AccountAlias: "keys" })),
    refused("EntityAlreadyExistsException", /^The account alias keys already exists\.$/),
  );
  await assert.rejects(
    two.send(new api.DeleteAccountAliasCommand({ AccountAlias: "keys" })),
    refused("NoSuchEntityException"),
  );
  await one.send(new api.CreateAccountAliasCommand({ AccountAlias: "other-keys" }));
  await two.send(new api.CreateAccountAliasCommand({ AccountAlias: "keys" }));
  assert.deepEqual((await one.send(new api.ListAccountAliasesCommand({}))).AccountAliases, ["other-keys"]);
});

test("everything about who may do what is told page by page", async () => {
  await using server = await testServer();
  const admin = iam(server);
  for (const UserName of ["alice", "bob"]) await admin.send(new api.CreateUserCommand({ UserName }));
  await admin.send(new api.CreateGroupCommand({ GroupName: "staff" }));
  await admin.send(new api.AddUserToGroupCommand({ GroupName: "staff", UserName: "bob" }));
  const PolicyDocument = document("kms:Decrypt");
  await admin.send(new api.CreatePolicyCommand({ PolicyName: "keys", PolicyDocument }));
  await admin.send(new api.PutUserPolicyCommand({ UserName: "bob", PolicyName: "p", PolicyDocument }));
  const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
  await admin.send(new api.AttachGroupPolicyCommand({ GroupName: "staff", PolicyArn }));
  const whole = await admin.send(new api.GetAccountAuthorizationDetailsCommand({}));
  assert.deepEqual(
    whole.UserDetailList!.map(({ GroupList }) => GroupList),
    [[], ["staff"]],
  );
  const inline = whole.UserDetailList![1]!.UserPolicyList!;
  assert.equal(decodeURIComponent(inline[0]!.PolicyDocument!), PolicyDocument);
  assert.deepEqual(
    whole.Policies!.map(({ PolicyName }) => PolicyName),
    ["keys", "ReadOnlyAccess"],
  );
  const pages: string[] = [];
  let Marker: string | undefined;
  do {
    const page: api.GetAccountAuthorizationDetailsCommandOutput = await admin.send(
      new api.GetAccountAuthorizationDetailsCommand({ MaxItems: 1, ...(Marker !== undefined && { Marker }) }),
    );
    pages.push(
      ...page.UserDetailList!.map(({ Arn }) => Arn!),
      ...page.GroupDetailList!.map(({ Arn }) => Arn!),
      ...page.Policies!.map(({ Arn }) => Arn!),
    );
    Marker = page.Marker;
  } while (Marker !== undefined);
  assert.deepEqual(pages, [
    "arn:aws:iam::000000000000:user/alice",
    "arn:aws:iam::000000000000:user/bob",
    "arn:aws:iam::000000000000:group/staff",
    "arn:aws:iam::000000000000:policy/keys",
    PolicyArn,
  ]);
});
