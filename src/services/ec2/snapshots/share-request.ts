import { refuse } from "../../../errors.ts";
import type { Values } from "../resource-kinds.ts";
import { invalidCombination, invalidValue } from "../refuse-ec2.ts";
import { everybody } from "../../../volumes/sharing.ts";

interface Permission {
  UserId?: string;
  Group?: string;
}

export interface ShareInput {
  SnapshotId: string;
  Attribute?: string;
  CreateVolumePermission?: { Add?: Permission[]; Remove?: Permission[] };
  OperationType?: string;
  UserIds?: string[];
  GroupNames?: string[];
  DryRun?: boolean;
}

/** Accounts and "all", to be added or taken away. */
export interface ShareRequest {
  readonly adds: boolean;
  readonly who: readonly string[];
}

const changesMost = 500;
const attribute = "createVolumePermission";

/** Both ways of saying it: CreateVolumePermission.Add.N, and OperationType with UserId.N. Throws as flows.md lists. */
export function readShareRequest(input: ShareInput): ShareRequest {
  const { Attribute, CreateVolumePermission: { Add = [], Remove = [] } = {} } = input;
  if (Attribute !== undefined && Attribute !== "" && Attribute !== attribute)
    invalidValue(`Value (${Attribute.slice(0, 64)}) for parameter attribute is invalid. Unknown snapshot attribute`);
  if (Add.length > 0 && Remove.length > 0)
    invalidCombination("One and only one operation type may be specified for createVolumePermissions");
  if (Add.length > 0 || Remove.length > 0)
    return { adds: Add.length > 0, who: permissionsOf(Add.length > 0 ? Add : Remove) };
  return readOldForm(input);
}

function readOldForm({ Attribute, OperationType, UserIds = [], GroupNames = [] }: ShareInput): ShareRequest {
  const given = UserIds.length + GroupNames.length;
  if (OperationType === undefined && given === 0) invalidCombination("No attributes specified.");
  if (!Attribute)
    refuse("MissingParameter", "Value for parameter attribute is invalid. Parameter may not be null or empty.");
  if (OperationType === undefined || OperationType === "")
    return invalidCombination("No operation specified for createVolumePermission attribute.");
  if (OperationType !== "add" && OperationType !== "remove")
    invalidValue(`Value (${OperationType.slice(0, 64)}) for parameter operationType is invalid.`);
  if (given === 0) invalidCombination("No attributes specified.");
  checkSize(given);
  for (const id of UserIds) if (!isAccount(id)) badItem(`UserId (${id.slice(0, 64)}) is invalid.`);
  for (const group of GroupNames) checkGroup(group);
  return { adds: OperationType === "add", who: [...new Set([...UserIds, ...GroupNames])] };
}

function permissionsOf(permissions: readonly Permission[]): string[] {
  checkSize(permissions.length);
  const who = permissions.flatMap(({ UserId, Group }) => {
    if (UserId === undefined && Group === undefined) return invalidCombination("No attributes specified.");
    if (UserId !== undefined && !isAccount(UserId)) badItem(`UserId ${UserId.slice(0, 64)} is invalid.`);
    if (Group !== undefined) checkGroup(Group);
    return [UserId, Group].filter((one) => one !== undefined);
  });
  return [...new Set(who)];
}

function checkSize(size: number): void {
  if (size > changesMost) invalidValue(`Modification size must not be greater than ${changesMost}.`);
}

function checkGroup(group: string): void {
  if (group !== everybody) badItem(`Group ${group.slice(0, 64)} is invalid.`);
}

const isAccount = (id: string): boolean => /^\d{12}$/.test(id);
const badItem = (message: string): never => refuse("InvalidAMIAttributeItemValue", message);

/** `ec2:Add/userId`, `ec2:Remove/group` and their like. */
export function shareValues({ adds, who }: ShareRequest): Values {
  const verb = adds ? "add" : "remove";
  const users = who.filter((one) => one !== everybody);
  return [
    ["ec2:attribute", attribute],
    ...(users.length > 0 ? [[`ec2:${verb}/userid`, users] as const] : []),
    ...(who.includes(everybody) ? [[`ec2:${verb}/group`, everybody] as const] : []),
  ];
}
