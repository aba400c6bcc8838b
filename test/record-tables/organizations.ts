import { read, type Step, write } from "./steps.ts";

const content = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "ec2:*", Resource: "*" }],
});
const rootId = "{ListRoots.Roots.0.Id}";
const unit = "{CreateOrganizationalUnit.OrganizationalUnit.Id}";
const member = "{CreateAccount.CreateAccountStatus.AccountId}";
const policy = "{CreatePolicy.Policy.PolicySummary.Id}";
const ofRoot = { ParentId: rootId };
const shownUnit = { id: unit, arn: "{CreateOrganizationalUnit.OrganizationalUnit.Arn}" };
const summary = {
  id: policy,
  arn: "{CreatePolicy.Policy.PolicySummary.Arn}",
  type: "SERVICE_CONTROL_POLICY",
  awsManaged: false,
};
const rootWith = (policyTypes: readonly object[]) => ({
  root: { id: rootId, arn: "{ListRoots.Roots.0.Arn}", name: "Root", policyTypes },
});
const scp = { type: "SERVICE_CONTROL_POLICY", status: "ENABLED" };
const rcp = { type: "RESOURCE_CONTROL_POLICY", status: "ENABLED" };

/** An organization from its making to its end. Whom mail reaches is told in stars, as AWS does. */
export const organizations: readonly Step[] = [
  write(
    "CreateOrganization",
    { FeatureSet: "ALL" },
    { featureSet: "ALL" },
    {
      organization: {
        id: "{answer.Organization.Id}",
        arn: "{answer.Organization.Arn}",
        featureSet: "ALL",
        masterAccountArn: "{answer.Organization.MasterAccountArn}",
        masterAccountId: "{account}",
        masterAccountEmail: "****",
        availablePolicyTypes: [scp],
      },
    },
  ),
  read("DescribeOrganization", {}, null),
  read("ListRoots", {}, null),
  write(
    "CreateOrganizationalUnit",
    { ...ofRoot, Name: "prod" },
    { parentId: rootId, name: "prod" },
    {
      organizationalUnit: {
        id: "{answer.OrganizationalUnit.Id}",
        arn: "{answer.OrganizationalUnit.Arn}",
        name: "prod",
      },
    },
  ),
  read("DescribeOrganizationalUnit", { OrganizationalUnitId: unit }, { organizationalUnitId: unit }),
  write(
    "UpdateOrganizationalUnit",
    { OrganizationalUnitId: unit, Name: "production" },
    { organizationalUnitId: unit, name: "production" },
    { organizationalUnit: { ...shownUnit, name: "production" } },
  ),
  write(
    "CreateAccount",
    { AccountName: "orders", Email: "orders@example.com" },
    { accountName: "****", email: "****" },
    {
      createAccountStatus: {
        id: "{answer.CreateAccountStatus.Id}",
        accountName: "****",
        state: "SUCCEEDED",
        requestedTimestamp: "{date}",
        completedTimestamp: "{date}",
        accountId: "{answer.CreateAccountStatus.AccountId}",
      },
    },
  ),
  read(
    "DescribeCreateAccountStatus",
    { CreateAccountRequestId: "{CreateAccount.CreateAccountStatus.Id}" },
    { createAccountRequestId: "{CreateAccount.CreateAccountStatus.Id}" },
  ),
  read("DescribeAccount", { AccountId: member }, { accountId: member }),
  read("ListAccounts", { MaxResults: 5 }, { maxResults: 5 }),
  write(
    "MoveAccount",
    { AccountId: member, SourceParentId: rootId, DestinationParentId: unit },
    { accountId: member, sourceParentId: rootId, destinationParentId: unit },
  ),
  read("ListAccountsForParent", { ParentId: unit }, { parentId: unit }),
  read("ListChildren", { ...ofRoot, ChildType: "ACCOUNT" }, { parentId: rootId, childType: "ACCOUNT" }),
  read("ListOrganizationalUnitsForParent", ofRoot, { parentId: rootId }),
  read("ListParents", { ChildId: member }, { childId: member }),
  write(
    "CreatePolicy",
    { Name: "no-ec2", Description: "", Content: content, Type: "SERVICE_CONTROL_POLICY" },
    { name: "no-ec2", description: "", content, type: "SERVICE_CONTROL_POLICY" },
    {
      policy: {
        policySummary: {
          ...summary,
          id: "{answer.Policy.PolicySummary.Id}",
          arn: "{answer.Policy.PolicySummary.Arn}",
          name: "no-ec2",
          description: "",
        },
        content,
      },
    },
  ),
  read("DescribePolicy", { PolicyId: policy }, { policyId: policy }),
  read("ListPolicies", { Filter: "SERVICE_CONTROL_POLICY" }, { filter: "SERVICE_CONTROL_POLICY" }),
  write(
    "UpdatePolicy",
    { PolicyId: policy, Name: "none" },
    { policyId: policy, name: "none" },
    {
      policy: { policySummary: { ...summary, name: "none", description: "" }, content },
    },
  ),
  write("AttachPolicy", { PolicyId: policy, TargetId: unit }, { policyId: policy, targetId: unit }),
  read("ListTargetsForPolicy", { PolicyId: policy }, { policyId: policy }),
  read(
    "ListPoliciesForTarget",
    { TargetId: unit, Filter: "SERVICE_CONTROL_POLICY" },
    { targetId: unit, filter: "SERVICE_CONTROL_POLICY" },
  ),
  write("DetachPolicy", { PolicyId: policy, TargetId: unit }, { policyId: policy, targetId: unit }),
  write(
    "EnablePolicyType",
    { RootId: rootId, PolicyType: "RESOURCE_CONTROL_POLICY" },
    { rootId, policyType: "RESOURCE_CONTROL_POLICY" },
    rootWith([scp, rcp]),
  ),
  write(
    "DisablePolicyType",
    { RootId: rootId, PolicyType: "RESOURCE_CONTROL_POLICY" },
    { rootId, policyType: "RESOURCE_CONTROL_POLICY" },
    rootWith([scp]),
  ),
  write(
    "TagResource",
    { ResourceId: policy, Tags: [{ Key: "a", Value: "b" }] },
    { resourceId: policy, tags: [{ key: "a", value: "b" }] },
  ),
  read("ListTagsForResource", { ResourceId: policy }, { resourceId: policy }),
  write("UntagResource", { ResourceId: policy, TagKeys: ["a"] }, { resourceId: policy, tagKeys: ["a"] }),
  write("DeletePolicy", { PolicyId: policy }, { policyId: policy }),
  write("RemoveAccountFromOrganization", { AccountId: member }, { accountId: member }),
  write("DeleteOrganizationalUnit", { OrganizationalUnitId: unit }, { organizationalUnitId: unit }),
  write("DeleteOrganization", {}, null),
];
