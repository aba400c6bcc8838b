import type { Operation, Operations } from "../../operation.ts";
import { createAccessKey, deleteAccessKey, listAccessKeys, updateAccessKey } from "./operations/access-keys.ts";
import { attachedPolicyOperations } from "./operations/attached-policies.ts";
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
import {
  createPolicyVersion,
  deletePolicyVersion,
  getPolicyVersion,
  listPolicyVersions,
  setDefaultPolicyVersion,
} from "./operations/policy-versions.ts";
import {
  createRole,
  deleteRole,
  getRole,
  listRoles,
  updateAssumeRolePolicy,
  updateRole,
  updateRoleDescription,
} from "./operations/roles.ts";
import { tagging } from "./operations/tags.ts";
import { createUser, deleteUser, listUsers, updateUser } from "./operations/users.ts";

const all: readonly Operation[] = [
  addUserToGroup,
  createAccessKey,
  createGroup,
  createPolicy,
  createPolicyVersion,
  createRole,
  createUser,
  deleteAccessKey,
  deleteGroup,
  deletePolicy,
  deletePolicyVersion,
  deleteRole,
  deleteUser,
  getGroup,
  getPolicy,
  getPolicyVersion,
  getRole,
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
  updateAccessKey,
  updateAssumeRolePolicy,
  updateGroup,
  updateRole,
  updateRoleDescription,
  updateUser,
  ...attachedPolicyOperations,
  ...inlinePolicyOperations,
  ...instanceProfileOperations,
  ...permissionsBoundaryOperations,
  ...tagging,
];

export const iamOperations: Operations = new Map(all.map((operation) => [operation.name, operation]));
