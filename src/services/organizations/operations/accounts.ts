import { refuse } from "../../../errors.ts";
import { mintUniqueId } from "../../../identity/access-keys.ts";
import { type Account, entityId, type Role, type Tag, type UniqueId } from "../../../identity/entities.ts";
import type { OrganizationTarget } from "../../../identity/organization.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { randomAccount, randomText } from "../new-id.ts";
import { arnOf, findTarget, type Managed, onOrganization, read } from "../on-organization.ts";
import { pageOf, type Paging } from "../pages.ts";
import { checkTags } from "../tags.ts";

/** kind "account-creation", id = car-…, scope = organization id. */
interface Creation {
  id: string;
  organizationId: string;
  accountName: string;
  accountId: string;
  at: number;
}

const shownCreation = ({ id, accountName, accountId, at }: Creation): object => ({
  Id: id,
  AccountName: accountName,
  State: "SUCCEEDED",
  RequestedTimestamp: at,
  CompletedTimestamp: at,
  AccountId: accountId,
});

export const shownAccount = ({ id, arn, email, name, joinedMethod, createdAt }: OrganizationTarget): object => ({
  Id: id,
  Arn: arn,
  Email: email,
  Name: name,
  Status: "ACTIVE",
  State: "ACTIVE",
  JoinedMethod: joinedMethod,
  JoinedTimestamp: createdAt,
});

interface CreateInput {
  Email: string;
  AccountName: string;
  RoleName?: string;
  Tags?: Tag[];
}

/** The account is there at once, with the role through which the management account enters it. */
export const createAccount: Operation = onOrganization<CreateInput>({
  name: "CreateAccount",
  run: ({ Email, AccountName, RoleName = "OrganizationAccountAccessRole", Tags = [] }, managed, call) => {
    const account = randomAccount();
    if (read<Account>("account", account, call)) throw new Error("an account number was drawn twice");
    const creation: Creation = {
      id: `car-${randomText(32)}`,
      organizationId: managed.organization.content.id,
      accountName: AccountName,
      accountId: account,
      at: call.now,
    };
    const parentId = managed.root.content.id;
    const target: OrganizationTarget = {
      id: account,
      type: "ACCOUNT",
      arn: arnOf(managed, "account", account),
      name: AccountName,
      organizationId: creation.organizationId,
      parentId,
      createdAt: call.now,
      tags: [...checkTags(Tags)],
      attached: {},
      email: Email,
      joinedMethod: "CREATED",
    };
    const scope = creation.organizationId;
    return {
      answer: { CreateAccountStatus: { ...shownCreation(creation) } },
      changes: [
        call.entities.create<Account>(
          "account",
          account,
          { id: account, name: AccountName, createdAt: call.now },
          { scope: "" },
        ),
        call.entities.create("organization-target", account, target, { scope, parent: parentId }),
        call.entities.create("account-creation", creation.id, creation, { scope }),
        ...accessRole(account, RoleName, managed, call),
      ],
    };
  },
});

/** Trusts the management account, and may do everything in its own. */
function accessRole(account: string, name: string, { organization }: Managed, call: Call): Change[] {
  const trust = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${organization.content.managementAccount}:root` },
        Action: "sts:AssumeRole",
      },
    ],
  };
  const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  const role: Role = {
    account,
    name,
    path: "/",
    uniqueId: mintUniqueId("AROA"),
    arn: `arn:aws:iam::${account}:role/${name}`,
    createdAt: call.now,
    tags: [],
    inline: { AdministratorAccess: JSON.stringify(everything) },
    attached: [],
    trust: { text: JSON.stringify(trust), principals: {} },
    maxSessionSeconds: 3600,
  };
  return [
    call.entities.create("role", entityId(account, name), role, { scope: account }),
    call.entities.create<UniqueId>("unique-id", role.uniqueId, { arn: role.arn }, { scope: account }),
  ];
}

export const describeCreateAccountStatus: Operation = onOrganization<{ CreateAccountRequestId: string }>({
  name: "DescribeCreateAccountStatus",
  readOnly: true,
  run: ({ CreateAccountRequestId }, { organization }, call) => {
    const creation = read<Creation>("account-creation", CreateAccountRequestId, call);
    if (creation?.content.organizationId !== organization.content.id)
      return refuse(
        "CreateAccountStatusNotFoundException",
        "You specified a create account request that doesn't exist.",
      );
    return { answer: { CreateAccountStatus: shownCreation(creation.content) } };
  },
});

/** Throws AccountNotFoundException. */
export function findAccount(id: string, managed: Managed, call: Call): Entity<OrganizationTarget> {
  const target = findTarget(id, managed, call);
  if (target?.content.type === "ACCOUNT") return target;
  return refuse("AccountNotFoundException", "You specified an account that doesn't exist.");
}

export const describeAccount: Operation = onOrganization<{ AccountId: string }>({
  name: "DescribeAccount",
  readOnly: true,
  resource: ({ AccountId }, managed) => arnOf(managed, "account", AccountId),
  run: ({ AccountId }, managed, call) => ({
    answer: { Account: shownAccount(findAccount(AccountId, managed, call).content) },
  }),
});

/** Accounts stand before units and roots in the list of targets: digits come before letters. */
export const listAccounts: Operation = onOrganization<Paging>({
  name: "ListAccounts",
  readOnly: true,
  run: (input, { organization }, call) => {
    const { id } = organization.content;
    call.used.push(reference.byScope("organization-target", id));
    const { items, more } = pageOf(
      input,
      (page) =>
        call.entities
          .listByScope<OrganizationTarget>("organization-target", id, page)
          .filter(({ content }) => content.type === "ACCOUNT"),
      ({ row }) => row.id,
    );
    return { answer: { Accounts: items.map(({ content }) => shownAccount(content)), ...more } };
  },
});

/** The account goes on by itself, under no organization's policies. */
export const removeAccountFromOrganization: Operation = onOrganization<{ AccountId: string }>({
  name: "RemoveAccountFromOrganization",
  resource: ({ AccountId }, managed) => arnOf(managed, "account", AccountId),
  run: ({ AccountId }, managed, call) => {
    const target = findAccount(AccountId, managed, call);
    if (AccountId === managed.organization.content.managementAccount)
      refuse("MasterCannotLeaveOrganizationException", "You can't remove a management account from an organization.");
    return { answer: {}, changes: [call.entities.delete(target)] };
  },
});
