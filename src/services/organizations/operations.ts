import type { Operation, Operations } from "../../operation.ts";
import {
  createAccount,
  describeAccount,
  describeCreateAccountStatus,
  listAccounts,
  removeAccountFromOrganization,
} from "./operations/accounts.ts";
import {
  attachPolicy,
  detachPolicy,
  disablePolicyType,
  enablePolicyType,
  listPoliciesForTarget,
  listTargetsForPolicy,
} from "./operations/attachments.ts";
import { createOrganization, deleteOrganization, describeOrganization, listRoots } from "./operations/organization.ts";
import { createPolicy, deletePolicy, describePolicy, listPolicies, updatePolicy } from "./operations/policies.ts";
import { listTagsForResource, tagResource, untagResource } from "./operations/tags.ts";
import {
  listAccountsForParent,
  listChildren,
  listOrganizationalUnitsForParent,
  listParents,
  moveAccount,
} from "./operations/tree.ts";
import {
  createOrganizationalUnit,
  deleteOrganizationalUnit,
  describeOrganizationalUnit,
  updateOrganizationalUnit,
} from "./operations/units.ts";

const all: readonly Operation[] = [
  attachPolicy,
  createAccount,
  createOrganization,
  createOrganizationalUnit,
  createPolicy,
  deleteOrganization,
  deleteOrganizationalUnit,
  deletePolicy,
  describeAccount,
  describeCreateAccountStatus,
  describeOrganization,
  describeOrganizationalUnit,
  describePolicy,
  detachPolicy,
  disablePolicyType,
  enablePolicyType,
  listAccounts,
  listAccountsForParent,
  listChildren,
  listOrganizationalUnitsForParent,
  listParents,
  listPolicies,
  listPoliciesForTarget,
  listRoots,
  listTagsForResource,
  listTargetsForPolicy,
  moveAccount,
  removeAccountFromOrganization,
  tagResource,
  untagResource,
  updateOrganizationalUnit,
  updatePolicy,
];

export const organizationsOperations: Operations = new Map(all.map((operation) => [operation.name, operation]));
