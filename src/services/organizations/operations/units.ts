import { refuse } from "../../../errors.ts";
import type { Tag } from "../../../identity/entities.ts";
import type { OrganizationTarget } from "../../../identity/organization.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { randomText } from "../new-id.ts";
import { arnOf, findTarget, type Managed, onOrganization } from "../on-organization.ts";
import { checkTags } from "../tags.ts";
import { childrenOf, findParent } from "./tree.ts";

const shown = ({ id, arn, name }: OrganizationTarget): object => ({ Id: id, Arn: arn, Name: name });

/** Units below the root, one in another. */
const depthMost = 5;
const unitsMost = 1000;

/** Throws OrganizationalUnitNotFoundException. */
function findUnit(id: string, managed: Managed, call: Call): Entity<OrganizationTarget> {
  const target = findTarget(id, managed, call);
  if (target?.content.type === "ORGANIZATIONAL_UNIT") return target;
  return refuse("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.");
}

function refuseTaken(name: string, parentId: string, except: string | undefined, call: Call): void {
  const siblings = childrenOf(parentId, "ORGANIZATIONAL_UNIT", call, { after: "", limit: unitsMost });
  if (siblings.some(({ content }) => content.name === name && content.id !== except))
    refuse("DuplicateOrganizationalUnitException", "An OU with the same name already exists.");
  if (except === undefined && siblings.length >= unitsMost)
    refuse("ConstraintViolationException", "You have exceeded the allowed number of OUs.");
}

function depthOf(target: OrganizationTarget, managed: Managed, call: Call): number {
  const above = target.parentId === "" ? undefined : findTarget(target.parentId, managed, call);
  return above ? depthOf(above.content, managed, call) + 1 : 0;
}

interface CreateInput {
  ParentId: string;
  Name: string;
  Tags?: Tag[];
}

export const createOrganizationalUnit: Operation = onOrganization<CreateInput>({
  name: "CreateOrganizationalUnit",
  run: ({ ParentId, Name, Tags = [] }, managed, call) => {
    const parent = findParent(ParentId, managed, call, "ParentNotFoundException");
    if (depthOf(parent.content, managed, call) >= depthMost)
      refuse("ConstraintViolationException", "You have exceeded the allowed depth of the OU tree.");
    refuseTaken(Name, ParentId, undefined, call);
    const { rootId, id: organizationId } = managed.organization.content;
    const id = `ou-${rootId.slice(2)}-${randomText(8)}`;
    const unit: OrganizationTarget = {
      id,
      type: "ORGANIZATIONAL_UNIT",
      arn: arnOf(managed, "ou", id),
      name: Name,
      organizationId,
      parentId: ParentId,
      createdAt: call.now,
      tags: [...checkTags(Tags)],
      attached: {},
    };
    return {
      answer: { OrganizationalUnit: shown(unit) },
      // The parent is touched: it cannot be deleted at the same time.
      changes: [
        call.entities.create("organization-target", id, unit, { scope: organizationId, parent: ParentId }),
        call.entities.put(parent, parent.content),
      ],
    };
  },
});

interface Named {
  OrganizationalUnitId: string;
}
const unitArn = ({ OrganizationalUnitId }: Named, managed: Managed) => arnOf(managed, "ou", OrganizationalUnitId);

export const describeOrganizationalUnit: Operation = onOrganization<Named>({
  name: "DescribeOrganizationalUnit",
  readOnly: true,
  resource: unitArn,
  run: ({ OrganizationalUnitId }, managed, call) => ({
    answer: { OrganizationalUnit: shown(findUnit(OrganizationalUnitId, managed, call).content) },
  }),
});

export const updateOrganizationalUnit: Operation = onOrganization<Named & { Name?: string }>({
  name: "UpdateOrganizationalUnit",
  resource: unitArn,
  run: ({ OrganizationalUnitId, Name }, managed, call) => {
    const unit = findUnit(OrganizationalUnitId, managed, call);
    if (Name === undefined) return { answer: { OrganizationalUnit: shown(unit.content) } };
    refuseTaken(Name, unit.content.parentId, OrganizationalUnitId, call);
    const content = { ...unit.content, name: Name };
    return { answer: { OrganizationalUnit: shown(content) }, changes: [call.entities.put(unit, content)] };
  },
});

export const deleteOrganizationalUnit: Operation = onOrganization<Named>({
  name: "DeleteOrganizationalUnit",
  resource: unitArn,
  run: ({ OrganizationalUnitId }, managed, call) => {
    const unit = findUnit(OrganizationalUnitId, managed, call);
    call.used.push(reference.byParent("organization-target", OrganizationalUnitId));
    const below = { after: "", limit: 1 };
    if (call.entities.listByParent("organization-target", OrganizationalUnitId, below).length > 0)
      refuse(
        "OrganizationalUnitNotEmptyException",
        "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try again.",
      );
    return { answer: {}, changes: [call.entities.delete(unit)] };
  },
});
