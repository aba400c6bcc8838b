import { refuse } from "../../../errors.ts";
import type { Account } from "../../../identity/entities.ts";
import type { Organization, OrganizationTarget } from "../../../identity/organization.ts";
import type { Operation } from "../../../operation.ts";
import { reference } from "../../../store/store.ts";
import { randomText } from "../new-id.ts";
import { ask, type Managed, onOrganization, read, recorded } from "../on-organization.ts";

const shown = ({ id, arn, managementAccount }: Organization, email: string): object => ({
  Id: id,
  Arn: arn,
  FeatureSet: "ALL",
  MasterAccountArn: `arn:aws:organizations::${managementAccount}:account/${id}/${managementAccount}`,
  MasterAccountId: managementAccount,
  MasterAccountEmail: email,
  AvailablePolicyTypes: [{ Type: "SERVICE_CONTROL_POLICY", Status: "ENABLED" }],
});

/** An installation knows no addresses: the management account's is made up. */
const emailOf = (account: string): string => `root@${account}.invalid`;

/** With all features, and service control policies enabled in the root, as AWS does it. */
export const createOrganization: Operation<{ FeatureSet?: string }> = {
  name: "CreateOrganization",
  readOnly: false,
  requestParameters: recorded,
  find: () => undefined,
  asks: (_input, _found, call) => [ask("CreateOrganization", call)],
  run: ({ FeatureSet = "ALL" }, _found, call) => {
    const { account } = call.caller.facts;
    // Differs: an organization for bills alone has no policies, which are what it is for here.
    if (FeatureSet !== "ALL")
      refuse("InvalidInputException", "This installation has organizations with all features alone.");
    if (read<OrganizationTarget>("organization-target", account, call))
      refuse("AlreadyInOrganizationException", "The AWS account is already a member of an organization.");
    const [id, suffix] = [`o-${randomText(10)}`, randomText(4)];
    const rootId = `r-${suffix}`;
    const arn = `arn:aws:organizations::${account}:organization/${id}`;
    const organization: Organization = { id, arn, rootId, managementAccount: account, createdAt: call.now };
    const prefix = `arn:aws:organizations::${account}`;
    const base = { organizationId: id, createdAt: call.now, tags: [], attached: {} };
    const root: OrganizationTarget = {
      ...base,
      id: rootId,
      type: "ROOT",
      arn: `${prefix}:root/${id}/${rootId}`,
      name: "Root",
      parentId: "",
      enabled: ["SERVICE_CONTROL_POLICY"],
    };
    const management: OrganizationTarget = {
      ...base,
      id: account,
      type: "ACCOUNT",
      arn: `${prefix}:account/${id}/${account}`,
      name: read<Account>("account", account, call)?.content.name ?? account,
      parentId: rootId,
      email: emailOf(account),
      joinedMethod: "INVITED",
    };
    const answer = { Organization: shown(organization, emailOf(account)) };
    return {
      answer,
      responseElements: recorded(answer),
      changes: [
        call.entities.create("organization", id, organization, { scope: "" }),
        call.entities.create("organization-target", rootId, root, { scope: id }),
        call.entities.create("organization-target", account, management, { scope: id, parent: rootId }),
      ],
    };
  },
};

export const describeOrganization: Operation = onOrganization({
  name: "DescribeOrganization",
  readOnly: true,
  members: true,
  run: (_input, { organization: { content } }) => ({
    answer: { Organization: shown(content, emailOf(content.managementAccount)) },
  }),
});

/** Once every other account and every unit has left it; its policies go with it. */
export const deleteOrganization: Operation = onOrganization({
  name: "DeleteOrganization",
  resource: (_input, { organization }) => organization.content.arn,
  run: (_input, managed, call) => {
    const { id } = managed.organization.content;
    call.used.push(reference.byScope("organization-target", id));
    const targets = call.entities.listByScope<OrganizationTarget>("organization-target", id, { after: "", limit: 3 });
    if (targets.length > 2)
      refuse(
        "OrganizationNotEmptyException",
        "To delete an organization, you must first remove all member accounts and organizational units from it.",
      );
    const rows = [...targets, managed.organization, ...policies(managed, call)];
    return { answer: {}, changes: rows.map((row) => call.entities.delete(row)) };
  },
});

const policiesMost = 1000;

function policies({ organization }: Managed, call: Parameters<Operation["run"]>[2]) {
  return (["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] as const).flatMap((type) => {
    const scope = `${organization.content.id}/${type}`;
    call.used.push(reference.byScope("organization-policy", scope));
    return call.entities.listByScope("organization-policy", scope, { after: "", limit: policiesMost });
  });
}

export const listRoots: Operation = onOrganization({
  name: "ListRoots",
  readOnly: true,
  run: (_input, { root }) => ({ answer: { Roots: [shownRoot(root.content)] } }),
});

export const shownRoot = ({ id, arn, name, enabled = [] }: OrganizationTarget): object => ({
  Id: id,
  Arn: arn,
  Name: name,
  PolicyTypes: enabled.map((Type) => ({ Type, Status: "ENABLED" })),
});
