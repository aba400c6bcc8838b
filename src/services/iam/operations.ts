import type { Operation, Operations } from "../../operation.ts";
import { createAccessKey, deleteAccessKey, listAccessKeys, updateAccessKey } from "./operations/access-keys.ts";
import { getAccessKeyLastUsed } from "./operations/access-key-last-used.ts";
import { accountAliasOperations } from "./operations/account-aliases.ts";
import { getAccountSummary } from "./operations/account-summary.ts";
import { attachedPolicyOperations } from "./operations/attached-policies.ts";
import { getAccountAuthorizationDetails } from "./operations/authorization-details.ts";
import { permissionsBoundaryOperations } from "./operations/boundaries.ts";
import { getUser } from "./operations/get-user.ts";
import {
  addUserToGroup,
  createGroup,
  deleteGroup,
  getGroup,
  listGroups,
  listGroupsForUser,
  removeUserFromGroup,
  updateGroup,
} from "./operations/groups.ts";
import { inlinePolicyOperations } from "./operations/inline-policies.ts";
import { instanceProfileOperations } from "./operations/instance-profiles.ts";
import { listEntitiesForPolicy, listPolicies } from "./operations/list-policies.ts";
import { createPolicy, deletePolicy, getPolicy } from "./operations/managed-policies.ts";
import { openIdProviderOperations } from "./operations/openid-providers.ts";
import {
  createPolicyVersion,
  deletePolicyVersion,
  getPolicyVersion,
  listPolicyVersions,
  setDefaultPolicyVersion,
} from "./operations/policy-versions.ts";
import { probes } from "./operations/probes.ts";
import {
  createRole,
  deleteRole,
  getRole,
  listRoles,
  updateAssumeRolePolicy,
  updateRole,
  updateRoleDescription,
} from "./operations/roles.ts";
import {
  createServiceLinkedRole,
  deleteServiceLinkedRole,
  getServiceLinkedRoleDeletionStatus,
} from "./operations/service-linked-roles.ts";
import { simulateCustomPolicy, simulatePrincipalPolicy } from "./operations/simulate.ts";
import { tagging } from "./operations/tags.ts";
import { createUser, deleteUser, listUsers, updateUser } from "./operations/users.ts";

const all: readonly Operation[] = [
  addUserToGroup,
  createAccessKey,
  createGroup,
  createPolicy,
  createPolicyVersion,
  createRole,
  createServiceLinkedRole,
  createUser,
  deleteAccessKey,
  deleteGroup,
  deletePolicy,
  deletePolicyVersion,
  deleteRole,
  deleteServiceLinkedRole,
  deleteUser,
  getAccessKeyLastUsed,
  getAccountAuthorizationDetails,
  getAccountSummary,
  getGroup,
  getPolicy,
  getPolicyVersion,
  getRole,
  getServiceLinkedRoleDeletionStatus,
  getUser,
  listAccessKeys,
  listEntitiesForPolicy,
  listGroups,
  listGroupsForUser,
  listPolicies,
  listPolicyVersions,
  listRoles,
  listUsers,
  removeUserFromGroup,
  setDefaultPolicyVersion,
  simulateCustomPolicy,
  simulatePrincipalPolicy,
  updateAccessKey,
  updateAssumeRolePolicy,
  updateGroup,
  updateRole,
  updateRoleDescription,
  updateUser,
  ...accountAliasOperations,
  ...attachedPolicyOperations,
  ...inlinePolicyOperations,
  ...instanceProfileOperations,
  ...openIdProviderOperations,
  ...permissionsBoundaryOperations,
  ...probes,
  ...tagging,
];

export const iamOperations: Operations = new Map(all.map((operation) => [operation.name, operation]));
