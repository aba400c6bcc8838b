import { refuse } from "../../../errors.ts";
import type { Tag } from "../../../identity/entities.ts";
import { type ControlType, fullAccess, type OrganizationPolicy } from "../../../identity/organization.ts";
import type { Call, Operation } from "../../../operation.ts";
import { type Page, reference } from "../../../store/store.ts";
import { targetsOf } from "../attachments.ts";
import { randomText } from "../new-id.ts";
import { arnOf, findPolicy, type Managed, onOrganization } from "../on-organization.ts";
import { pageOf, type Paging } from "../pages.ts";
import { checkDocument } from "../policy-document.ts";
import { checkTags } from "../tags.ts";

const policiesMost = 1000;

const isControl = (type: string): type is ControlType => Object.hasOwn(fullAccess, type);

/** Throws PolicyTypeNotAvailableForOrganizationException for the types that decide nothing here. */
export function controlType(type: string): ControlType {
  if (isControl(type)) return type;
  return refuse(
    "PolicyTypeNotAvailableForOrganizationException",
    "You can't use the specified policy type with the feature set currently enabled for this organization.",
  );
}

/** AWS's own, as it is listed and described. */
export const awsOwn = (type: ControlType): object => ({
  Id: fullAccess[type].id,
  Arn: fullAccess[type].arn,
  Name: fullAccess[type].id.slice(2),
  Description:
    type === "SERVICE_CONTROL_POLICY" ? "Allows access to every operation" : "Allows access to every resource",
  Type: type,
  AwsManaged: true,
});

export const summaryOf = ({ id, arn, name, description, type }: OrganizationPolicy): object => ({
  Id: id,
  Arn: arn,
  Name: name,
  Description: description,
  Type: type,
  AwsManaged: false,
});

const shown = (policy: OrganizationPolicy): object => ({ PolicySummary: summaryOf(policy), Content: policy.text });

const scopeOf = ({ organization }: Managed, type: ControlType) => `${organization.content.id}/${type}`;

function refuseTaken(name: string, scope: string, except: string | undefined, call: Call): void {
  call.used.push(reference.byScope("organization-policy", scope));
  const page = { after: "", limit: policiesMost };
  const all = call.entities.listByScope<OrganizationPolicy>("organization-policy", scope, page);
  if (all.some(({ content }) => content.name === name && content.id !== except))
    refuse("DuplicatePolicyException", "A policy with the same name already exists.");
  if (except === undefined && all.length >= policiesMost)
    refuse("ConstraintViolationException", "You have exceeded the allowed number of policies.");
}

interface CreateInput {
  Content: string;
  Description: string;
  Name: string;
  Type: string;
  Tags?: Tag[];
}

export const createPolicy: Operation = onOrganization<CreateInput>({
  name: "CreatePolicy",
  run: ({ Content, Description, Name, Type, Tags = [] }, managed, call) => {
    const type = controlType(Type);
    checkDocument(Content, type);
    refuseTaken(Name, scopeOf(managed, type), undefined, call);
    const id = `p-${randomText(8)}`;
    const { id: organizationId, managementAccount } = managed.organization.content;
    const policy: OrganizationPolicy = {
      id,
      arn: `arn:aws:organizations::${managementAccount}:policy/${organizationId}/${type.toLowerCase()}/${id}`,
      organizationId,
      type,
      name: Name,
      description: Description,
      text: Content,
      tags: [...checkTags(Tags)],
    };
    const row = call.entities.create("organization-policy", id, policy, { scope: scopeOf(managed, type) });
    return { answer: { Policy: shown(policy) }, changes: [row] };
  },
});

interface Named {
  PolicyId: string;
}

const policyArn = ({ PolicyId }: Named, managed: Managed) => arnOf(managed, "policy", `*/${PolicyId}`);
const ownType = (id: string): ControlType | undefined =>
  (Object.keys(fullAccess) as ControlType[]).find((type) => fullAccess[type].id === id);

const refuseOwn = (id: string): void => {
  if (ownType(id) !== undefined)
    refuse("InvalidInputException", "You can't change or delete a policy that AWS manages.");
};

export const updatePolicy: Operation = onOrganization<
  Named & { Name?: string; Description?: string; Content?: string }
>({
  name: "UpdatePolicy",
  resource: policyArn,
  run: ({ PolicyId, Name, Description, Content }, managed, call) => {
    refuseOwn(PolicyId);
    const policy = findPolicy(PolicyId, managed, call);
    const { type } = policy.content;
    if (Content !== undefined) checkDocument(Content, type);
    if (Name !== undefined) refuseTaken(Name, scopeOf(managed, type), PolicyId, call);
    const content: OrganizationPolicy = {
      ...policy.content,
      ...(Name !== undefined && { name: Name }),
      ...(Description !== undefined && { description: Description }),
      ...(Content !== undefined && { text: Content }),
    };
    return { answer: { Policy: shown(content) }, changes: [call.entities.put(policy, content)] };
  },
});

export const describePolicy: Operation = onOrganization<Named>({
  name: "DescribePolicy",
  readOnly: true,
  resource: policyArn,
  run: ({ PolicyId }, managed, call) => {
    const own = ownType(PolicyId);
    if (own) return { answer: { Policy: { PolicySummary: awsOwn(own), Content: fullAccess[own].text } } };
    return { answer: { Policy: shown(findPolicy(PolicyId, managed, call).content) } };
  },
});

export const deletePolicy: Operation = onOrganization<Named>({
  name: "DeletePolicy",
  resource: policyArn,
  run: ({ PolicyId }, managed, call) => {
    refuseOwn(PolicyId);
    const policy = findPolicy(PolicyId, managed, call);
    if (targetsOf(PolicyId, policy.content.type, managed, call).length > 0)
      refuse(
        "PolicyInUseException",
        "The policy is attached to one or more entities. Detach it from all of them and try again.",
      );
    return { answer: {}, changes: [call.entities.delete(policy)] };
  },
});

export const listPolicies: Operation = onOrganization<Paging & { Filter: string }>({
  name: "ListPolicies",
  readOnly: true,
  run: (input, managed, call) => {
    const type = controlType(input.Filter);
    const scope = scopeOf(managed, type);
    call.used.push(reference.byScope("organization-policy", scope));
    const list = (page: Page) => call.entities.listByScope<OrganizationPolicy>("organization-policy", scope, page);
    const { items, more } = pageOf(input, list, ({ row }) => row.id);
    const own = input.NextToken === undefined ? [awsOwn(type)] : [];
    return { answer: { Policies: [...own, ...items.map(({ content }) => summaryOf(content))], ...more } };
  },
});
