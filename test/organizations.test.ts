import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateKeyCommand, DescribeKeyCommand, EncryptCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import * as organizations from "@aws-sdk/client-organizations";
import { type Credentials, kms, root, rootOf, type TestServer, testServer } from "./kit.ts";

const at = (server: TestServer, credentials: Credentials = root) =>
  new organizations.OrganizationsClient({ endpoint: server.url, region: "us-east-1", credentials, maxAttempts: 1 });

const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
const scp = "SERVICE_CONTROL_POLICY";
const rcp = "RESOURCE_CONTROL_POLICY";

/** An organization with one unit and one account in it. */
async function organizationOf(server: TestServer) {
  const client = at(server);
  const { Organization } = await client.send(new organizations.CreateOrganizationCommand({}));
  const { Roots } = await client.send(new organizations.ListRootsCommand({}));
  const rootId = Roots![0]!.Id!;
  const { OrganizationalUnit } = await client.send(
    new organizations.CreateOrganizationalUnitCommand({ ParentId: rootId, Name: "prod" }),
  );
  const { CreateAccountStatus } = await client.send(
    new organizations.CreateAccountCommand({ AccountName: "orders", Email: "orders@example.com" }),
  );
  const account = CreateAccountStatus!.AccountId!;
  const unit = OrganizationalUnit!.Id!;
  const move = { AccountId: account, SourceParentId: rootId, DestinationParentId: unit };
  await client.send(new organizations.MoveAccountCommand(move));
  const policy = async (
    Type: "SERVICE_CONTROL_POLICY" | "RESOURCE_CONTROL_POLICY",
    Name: string,
    statement: object,
  ) => {
    const { Policy } = await client.send(
      new organizations.CreatePolicyCommand({ Type, Name, Description: "", Content: document(statement) }),
    );
    return Policy!.PolicySummary!;
  };
  return { client, organization: Organization!, rootId, unit, account, policy };
}

const code = (name: string) => ({ name });

test("an organization is made, described, listed and deleted", async () => {
  await using server = await testServer();
  await assert.rejects(
    at(server).send(new organizations.DescribeOrganizationCommand({})),
    code("AWSOrganizationsNotInUseException"),
  );
  const { client, organization, rootId, unit, account } = await organizationOf(server);
  await assert.rejects(
    client.send(new organizations.CreateOrganizationCommand({})),
    code("AlreadyInOrganizationException"),
  );
  assert.equal(organization.MasterAccountId, "000000000000");
  const described = await at(server, rootOf(account)).send(new organizations.DescribeOrganizationCommand({}));
  assert.equal(described.Organization!.Id, organization.Id);
  await assert.rejects(
    at(server, rootOf(account)).send(new organizations.ListAccountsCommand({})),
    code("AccessDeniedException"),
  );
  const { Accounts } = await client.send(new organizations.ListAccountsCommand({}));
  assert.deepEqual(new Set(Accounts!.map(({ Id }) => Id)), new Set(["000000000000", account]));
  const { Parents } = await client.send(new organizations.ListParentsCommand({ ChildId: account }));
  assert.deepEqual(Parents, [{ Id: unit, Type: "ORGANIZATIONAL_UNIT" }]);
  const children = (ParentId: string, ChildType: "ACCOUNT" | "ORGANIZATIONAL_UNIT") =>
    client.send(new organizations.ListChildrenCommand({ ParentId, ChildType }));
  assert.deepEqual((await children(unit, "ACCOUNT")).Children, [{ Id: account, Type: "ACCOUNT" }]);
  assert.deepEqual((await children(rootId, "ORGANIZATIONAL_UNIT")).Children, [
    { Id: unit, Type: "ORGANIZATIONAL_UNIT" },
  ]);
  assert.deepEqual((await children(rootId, "ACCOUNT")).Children, [{ Id: "000000000000", Type: "ACCOUNT" }]);
  const gone = new organizations.DeleteOrganizationalUnitCommand({ OrganizationalUnitId: unit });
  await assert.rejects(client.send(gone), code("OrganizationalUnitNotEmptyException"));
  await assert.rejects(
    client.send(new organizations.DeleteOrganizationCommand({})),
    code("OrganizationNotEmptyException"),
  );
  await client.send(new organizations.RemoveAccountFromOrganizationCommand({ AccountId: account }));
  await client.send(gone);
  await client.send(new organizations.DeleteOrganizationCommand({}));
  await assert.rejects(client.send(new organizations.ListRootsCommand({})), code("AWSOrganizationsNotInUseException"));
});

test("a service control policy binds the member's root at once, at every level, and the management account never", async () => {
  await using server = await testServer();
  const { client, unit, account, policy } = await organizationOf(server);
  const keys = kms(server, rootOf(account));
  const { KeyMetadata } = await keys.send(new CreateKeyCommand({}));
  const encrypt = () => keys.send(new EncryptCommand({ KeyId: KeyMetadata!.KeyId!, Plaintext: Buffer.from("x") }));
  await encrypt();
  const denying = await policy(scp, "no-encrypt", { Effect: "Deny", Action: "kms:Encrypt", Resource: "*" });
  await client.send(new organizations.AttachPolicyCommand({ PolicyId: denying.Id!, TargetId: unit }));
  await assert.rejects(encrypt(), {
    name: "AccessDeniedException",
    message: `User: arn:aws:iam::${account}:root is not authorized to perform: kms:Encrypt on resource: ${KeyMetadata!.Arn} with an explicit deny in a service control policy: ${denying.Arn}`,
  });
  const targets = await client.send(new organizations.ListTargetsForPolicyCommand({ PolicyId: denying.Id! }));
  assert.deepEqual(
    targets.Targets!.map(({ TargetId }) => TargetId),
    [unit],
  );
  await assert.rejects(
    client.send(new organizations.DeletePolicyCommand({ PolicyId: denying.Id! })),
    code("PolicyInUseException"),
  );
  await client.send(new organizations.DetachPolicyCommand({ PolicyId: denying.Id!, TargetId: unit }));
  await encrypt();
  const narrow = await policy(scp, "only-describe", { Effect: "Allow", Action: "kms:Describe*", Resource: "*" });
  await client.send(new organizations.AttachPolicyCommand({ PolicyId: narrow.Id!, TargetId: account }));
  await encrypt();
  await client.send(new organizations.DetachPolicyCommand({ PolicyId: "p-FullAWSAccess", TargetId: account }));
  await assert.rejects(encrypt(), { message: /because no service control policy allows the kms:Encrypt action$/ });
  await keys.send(new DescribeKeyCommand({ KeyId: KeyMetadata!.KeyId! }));
  const last = { PolicyId: narrow.Id!, TargetId: account };
  await assert.rejects(client.send(new organizations.DetachPolicyCommand(last)), code("ConstraintViolationException"));
  const broad = { Effect: "Allow", Action: "*", Resource: "*" };
  await client.send(new organizations.UpdatePolicyCommand({ PolicyId: narrow.Id!, Content: document(broad) }));
  await encrypt();
  await client.send(new organizations.AttachPolicyCommand({ PolicyId: denying.Id!, TargetId: "000000000000" }));
  const own = await kms(server).send(new CreateKeyCommand({}));
  await kms(server).send(new EncryptCommand({ KeyId: own.KeyMetadata!.KeyId!, Plaintext: Buffer.from("x") }));
});

test("a resource control policy binds strangers too, without telling them; switched off it binds nobody", async () => {
  await using server = await testServer();
  const { client, rootId, account, policy } = await organizationOf(server);
  const keys = kms(server, rootOf(account));
  const { KeyMetadata } = await keys.send(new CreateKeyCommand({}));
  const open = { Effect: "Allow", Principal: { AWS: [account, "555566667777"] }, Action: "kms:*", Resource: "*" };
  await keys.send(new PutKeyPolicyCommand({ KeyId: KeyMetadata!.KeyId!, Policy: document(open) }));
  const encrypt = (credentials: Credentials) =>
    kms(server, credentials).send(new EncryptCommand({ KeyId: KeyMetadata!.Arn!, Plaintext: Buffer.from("x") }));
  await encrypt(rootOf("555566667777"));
  await assert.rejects(
    policy(rcp, "allowing", { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }),
    code("MalformedPolicyDocumentException"),
  );
  const outside = { Effect: "Deny", Principal: "*", Action: "kms:*", Resource: "*" };
  const fence = await policy(rcp, "members-alone", {
    ...outside,
    Condition: { StringNotEqualsIfExists: { "aws:PrincipalOrgID": "${aws:ResourceOrgID}" } },
  });
  const attach = new organizations.AttachPolicyCommand({ PolicyId: fence.Id!, TargetId: rootId });
  await assert.rejects(client.send(attach), code("PolicyTypeNotEnabledException"));
  await client.send(new organizations.EnablePolicyTypeCommand({ RootId: rootId, PolicyType: rcp }));
  await client.send(attach);
  await encrypt(rootOf(account));
  await assert.rejects(encrypt(rootOf("555566667777")), {
    message: /on this resource because the resource does not exist/,
  });
  await client.send(new organizations.DisablePolicyTypeCommand({ RootId: rootId, PolicyType: rcp }));
  await encrypt(rootOf("555566667777"));
  await client.send(new organizations.EnablePolicyTypeCommand({ RootId: rootId, PolicyType: rcp }));
  await encrypt(rootOf("555566667777"));
});

test("units and policies have names of their own, and tags", async () => {
  await using server = await testServer();
  const { client, rootId, unit, policy } = await organizationOf(server);
  const again = new organizations.CreateOrganizationalUnitCommand({ ParentId: rootId, Name: "prod" });
  await assert.rejects(client.send(again), code("DuplicateOrganizationalUnitException"));
  await policy(scp, "one", { Effect: "Deny", Action: "kms:*", Resource: "*" });
  await assert.rejects(
    policy(scp, "one", { Effect: "Deny", Action: "s3:*", Resource: "*" }),
    code("DuplicatePolicyException"),
  );
  await assert.rejects(
    policy(scp, "bad", { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" }),
    code("MalformedPolicyDocumentException"),
  );
  const { Policies } = await client.send(new organizations.ListPoliciesCommand({ Filter: scp }));
  assert.deepEqual(
    Policies!.map(({ Name }) => Name),
    ["FullAWSAccess", "one"],
  );
  await client.send(new organizations.TagResourceCommand({ ResourceId: unit, Tags: [{ Key: "a", Value: "1" }] }));
  const { Tags } = await client.send(new organizations.ListTagsForResourceCommand({ ResourceId: unit }));
  assert.deepEqual(Tags, [{ Key: "a", Value: "1" }]);
  let parent = unit;
  for (let depth = 2; depth <= 5; depth++) {
    const made = await client.send(
      new organizations.CreateOrganizationalUnitCommand({ ParentId: parent, Name: "deep" }),
    );
    parent = made.OrganizationalUnit!.Id!;
  }
  const tooDeep = new organizations.CreateOrganizationalUnitCommand({ ParentId: parent, Name: "deep" });
  await assert.rejects(client.send(tooDeep), code("ConstraintViolationException"));
});
