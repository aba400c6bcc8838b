import { parseArn } from "../../../arn.ts";
import { refuse } from "../../../errors.ts";
import { invalidCombination, invalidValue } from "../refuse-ec2.ts";

/** What an entry of LaunchPermission says. */
export interface LaunchPermission {
  UserId?: string;
  Group?: string;
  OrganizationArn?: string;
  OrganizationalUnitArn?: string;
}

export interface PermissionInput {
  OperationType?: string;
  UserIds?: string[];
  UserGroups?: string[];
  OrganizationArns?: string[];
  OrganizationalUnitArns?: string[];
  LaunchPermission?: { Add?: LaunchPermission[]; Remove?: LaunchPermission[] };
}

/** Who may launch an image from now on, and who no longer may: account numbers, ARNs, "all". */
export interface LauncherChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

const changesMost = 500;
const launchersMost = 1000;

/**
 * The change that the request's structure or its older form asks for. Throws InvalidParameterCombination where it
 * asks for none or for both, InvalidAMIAttributeItemValue for what is nobody.
 */
export function launcherChange(input: PermissionInput): LauncherChange {
  const { Add = [], Remove = [] } = input.LaunchPermission ?? {};
  const older = olderForm(input);
  const asked = [Add, Remove, older].filter((list) => list.length > 0);
  if (asked.length === 0) invalidCombination("No attributes specified.");
  if (asked.length > 1) invalidCombination("One and only one operation type may be specified for launchPermissions");
  if (asked.flat().length > changesMost) invalidValue(`Modification size must not be greater than ${changesMost}.`);
  if (older.length === 0) return { add: Add.map(launcherOf), remove: Remove.map(launcherOf) };
  const names = older.map(launcherOf);
  if (input.OperationType === "add") return { add: names, remove: [] };
  if (input.OperationType === "remove") return { add: [], remove: names };
  return invalidCombination("No operation specified for launchPermission attribute.");
}

const olderForm = (input: PermissionInput): LaunchPermission[] => [
  ...(input.UserIds ?? []).map((UserId) => ({ UserId })),
  ...(input.UserGroups ?? []).map((Group) => ({ Group })),
  ...(input.OrganizationArns ?? []).map((OrganizationArn) => ({ OrganizationArn })),
  ...(input.OrganizationalUnitArns ?? []).map((OrganizationalUnitArn) => ({ OrganizationalUnitArn })),
];

function launcherOf(permission: LaunchPermission): string {
  const { UserId, Group, OrganizationArn, OrganizationalUnitArn } = permission;
  if (Object.values(permission).filter((value) => value !== undefined).length !== 1)
    invalidCombination("A launch permission names one user, group, organization or organizational unit.");
  if (UserId !== undefined) return /^\d{12}$/.test(UserId) ? UserId : invalidItem(UserId, "userId");
  if (Group !== undefined) return Group === "all" ? Group : invalidItem(Group, "userGroup");
  if (OrganizationArn !== undefined) return organizationArn(OrganizationArn, "organization/o-", "organizationArn");
  return organizationArn(OrganizationalUnitArn ?? "", "ou/o-", "organizationalUnitArn");
}

function organizationArn(arn: string, prefix: string, item: string): string {
  const { service, resource } = parseArn(arn) ?? {};
  if (service !== "organizations" || !resource?.startsWith(prefix) || arn.length > 256) return invalidItem(arn, item);
  return arn;
}

const invalidItem = (value: string, item: string): never =>
  refuse(
    "InvalidAMIAttributeItemValue",
    `Invalid attribute item value "${value.slice(0, 128)}" for ${item} item type.`,
  );

export function changedLaunchers(before: readonly string[], { add, remove }: LauncherChange): string[] {
  const gone = new Set(remove);
  const after = [...new Set([...before, ...add])].filter((who) => !gone.has(who));
  if (after.length > launchersMost)
    refuse("ResourceLimitExceeded", `An image can be shared with at most ${launchersMost}.`);
  return after;
}

/** DescribeImageAttribute's LaunchPermissions. */
export const shownLaunchers = (launchers: readonly string[]): LaunchPermission[] =>
  launchers.map((who) => {
    if (who === "all") return { Group: who };
    if (!who.startsWith("arn:")) return { UserId: who };
    return who.includes(":organization/") ? { OrganizationArn: who } : { OrganizationalUnitArn: who };
  });
