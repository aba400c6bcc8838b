import { refuse } from "../../../errors.ts";
import type { OrganizationTarget } from "../../../identity/organization.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { type Page, reference } from "../../../store/store.ts";
import { arnOf, findTarget, type Managed, onOrganization } from "../on-organization.ts";
import { pageOf, type Paging } from "../pages.ts";
import { findAccount, shownAccount } from "./accounts.ts";

type ChildType = "ACCOUNT" | "ORGANIZATIONAL_UNIT";

/** Ids of accounts are digits, those of units begin with a letter: a list by id holds the ones before the others. */
export function childrenOf(parentId: string, type: ChildType, call: Call, page: Page): Entity<OrganizationTarget>[] {
  call.used.push(reference.byParent("organization-target", parentId));
  const after = type === "ORGANIZATIONAL_UNIT" && page.after === "" ? "a" : page.after;
  return call.entities
    .listByParent<OrganizationTarget>("organization-target", parentId, { after, limit: page.limit })
    .filter(({ content }) => content.type === type);
}

/** The root or a unit. */
export function findParent(id: string, managed: Managed, call: Call, code: string): Entity<OrganizationTarget> {
  const target = findTarget(id, managed, call);
  if (target && target.content.type !== "ACCOUNT") return target;
  return refuse(code, "You specified parent that doesn't exist.");
}

interface OfParent extends Paging {
  ParentId: string;
}

const listing = (
  name: string,
  member: string,
  type: (input: OfParent & { ChildType: ChildType }) => ChildType,
  shown: (target: OrganizationTarget) => object,
): Operation =>
  onOrganization<OfParent & { ChildType: ChildType }>({
    name,
    readOnly: true,
    run: (input, managed, call) => {
      findParent(input.ParentId, managed, call, "ParentNotFoundException");
      const list = (page: Page) => childrenOf(input.ParentId, type(input), call, page);
      const { items, more } = pageOf(input, list, ({ row }) => row.id);
      return { answer: { [member]: items.map(({ content }) => shown(content)), ...more } };
    },
  });

export const listAccountsForParent: Operation = listing(
  "ListAccountsForParent",
  "Accounts",
  () => "ACCOUNT",
  shownAccount,
);

export const listOrganizationalUnitsForParent: Operation = listing(
  "ListOrganizationalUnitsForParent",
  "OrganizationalUnits",
  () => "ORGANIZATIONAL_UNIT",
  ({ id, arn, name }) => ({ Id: id, Arn: arn, Name: name }),
);

export const listChildren: Operation = listing(
  "ListChildren",
  "Children",
  ({ ChildType }) => ChildType,
  ({ id, type }) => ({ Id: id, Type: type }),
);

export const listParents: Operation = onOrganization<{ ChildId: string }>({
  name: "ListParents",
  readOnly: true,
  run: ({ ChildId }, managed, call) => {
    const child = findTarget(ChildId, managed, call);
    if (!child || child.content.type === "ROOT")
      return refuse("ChildNotFoundException", "You specified a child that doesn't exist.");
    const { parentId } = child.content;
    const Type = parentId.startsWith("r-") ? "ROOT" : "ORGANIZATIONAL_UNIT";
    return { answer: { Parents: [{ Id: parentId, Type }] } };
  },
});

interface MoveInput {
  AccountId: string;
  SourceParentId: string;
  DestinationParentId: string;
}

export const moveAccount: Operation = onOrganization<MoveInput>({
  name: "MoveAccount",
  resource: ({ AccountId }, managed) => arnOf(managed, "account", AccountId),
  run: ({ AccountId, SourceParentId, DestinationParentId }, managed, call) => {
    const account = findAccount(AccountId, managed, call);
    findParent(SourceParentId, managed, call, "SourceParentNotFoundException");
    const destination = findParent(DestinationParentId, managed, call, "DestinationParentNotFoundException");
    if (account.content.parentId !== SourceParentId)
      refuse("SourceParentNotFoundException", "You specified a source parent in which the account is not.");
    if (SourceParentId === DestinationParentId)
      refuse("DuplicateAccountException", "The account is already in the specified parent.");
    const moved = { ...account.content, parentId: DestinationParentId };
    return {
      answer: {},
      changes: [
        call.entities.put(account, moved, { parent: DestinationParentId }),
        call.entities.put(destination, destination.content),
      ],
    };
  },
});
