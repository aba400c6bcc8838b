import { on, read, type Step, write } from "./steps.ts";

const role = { RoleName: "deputy" };
const roleName = "deputy";
const ofRole = { roleName };
const document = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "kms:ListKeys", Resource: "*" }],
});
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "000000000000" } }],
});
const managed = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const profile = { InstanceProfileName: "machines" };
const ofProfile = { instanceProfileName: "machines" };
const slr = "AWSServiceRoleForAutoScaling";
const tag = { Tags: [{ Key: "a", Value: "b" }] };
const ofTag = { tags: [{ key: "a", value: "b" }] };

const shownRole = {
  path: "/",
  roleName,
  roleId: "{answer.Role.RoleId}",
  arn: "arn:aws:iam::{account}:role/deputy",
  createDate: "{date}",
  assumeRolePolicyDocument: "{answer.Role.AssumeRolePolicyDocument}",
  maxSessionDuration: 7200,
};

/** Roles, instance profiles and what is on them. */
export const iamRoles: readonly Step[] = [
  ...on(
    "arn:aws:iam::{account}:role/deputy",
    write(
      "CreateRole",
      { ...role, AssumeRolePolicyDocument: trust, MaxSessionDuration: 7200 },
      { roleName, assumeRolePolicyDocument: trust, maxSessionDuration: 7200 },
      { role: shownRole },
    ),
    read("GetRole", role, ofRole),
  ),
  read("ListRoles", { MaxItems: 9 }, { maxItems: 9 }),
  ...on(
    "arn:aws:iam::{account}:role/deputy",
    write("UpdateRole", { ...role, Description: "new" }, { roleName, description: "new" }),
    write(
      "UpdateRoleDescription",
      { ...role, Description: "newer" },
      { roleName, description: "newer" },
      {
        role: { ...shownRole, description: "newer" },
      },
    ),
    write("UpdateAssumeRolePolicy", { ...role, PolicyDocument: trust }, { roleName, policyDocument: trust }),
    write("TagRole", { ...role, ...tag }, { roleName, ...ofTag }),
    read("ListRoleTags", role, ofRole),
    write("UntagRole", { ...role, TagKeys: ["a"] }, { roleName, tagKeys: ["a"] }),
    write(
      "PutRolePolicy",
      { ...role, PolicyName: "p", PolicyDocument: document },
      { roleName, policyName: "p", policyDocument: document },
    ),
    read("GetRolePolicy", { ...role, PolicyName: "p" }, { roleName, policyName: "p" }),
    read("ListRolePolicies", role, ofRole),
    write("DeleteRolePolicy", { ...role, PolicyName: "p" }, { roleName, policyName: "p" }),
    write("AttachRolePolicy", { ...role, PolicyArn: managed }, { roleName, policyArn: managed }),
    read("ListAttachedRolePolicies", role, ofRole),
    write("DetachRolePolicy", { ...role, PolicyArn: managed }, { roleName, policyArn: managed }),
    write(
      "PutRolePermissionsBoundary",
      { ...role, PermissionsBoundary: managed },
      { roleName, permissionsBoundary: managed },
    ),
    write("DeleteRolePermissionsBoundary", role, ofRole),
  ),
  ...on(
    "arn:aws:iam::{account}:instance-profile/machines",
    write("CreateInstanceProfile", profile, ofProfile, {
      instanceProfile: {
        path: "/",
        instanceProfileName: "machines",
        instanceProfileId: "{answer.InstanceProfile.InstanceProfileId}",
        arn: "arn:aws:iam::{account}:instance-profile/machines",
        createDate: "{date}",
        roles: [],
      },
    }),
    read("GetInstanceProfile", profile, ofProfile),
  ),
  read("ListInstanceProfiles", {}, null),
  ...on(
    "arn:aws:iam::{account}:instance-profile/machines",
    write("AddRoleToInstanceProfile", { ...profile, ...role }, { ...ofProfile, roleName }),
  ),
  ...on("arn:aws:iam::{account}:role/deputy", read("ListInstanceProfilesForRole", role, ofRole)),
  ...on(
    "arn:aws:iam::{account}:instance-profile/machines",
    write("RemoveRoleFromInstanceProfile", { ...profile, ...role }, { ...ofProfile, roleName }),
    write("TagInstanceProfile", { ...profile, ...tag }, { ...ofProfile, ...ofTag }),
    read("ListInstanceProfileTags", profile, ofProfile),
    write("UntagInstanceProfile", { ...profile, TagKeys: ["a"] }, { ...ofProfile, tagKeys: ["a"] }),
    write("DeleteInstanceProfile", profile, ofProfile),
  ),
  ...on("arn:aws:iam::{account}:role/deputy", write("DeleteRole", role, ofRole)),
  ...on(
    "arn:aws:iam::{account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
    write(
      "CreateServiceLinkedRole",
      { AWSServiceName: "autoscaling.amazonaws.com" },
      { aWSServiceName: "autoscaling.amazonaws.com" },
      {
        role: {
          path: "/aws-service-role/autoscaling.amazonaws.com/",
          roleName: slr,
          roleId: "{answer.Role.RoleId}",
          arn: "arn:aws:iam::{account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
          createDate: "{date}",
          assumeRolePolicyDocument: "{answer.Role.AssumeRolePolicyDocument}",
          maxSessionDuration: 3600,
        },
      },
    ),
    write(
      "DeleteServiceLinkedRole",
      { RoleName: slr },
      { roleName: slr },
      { deletionTaskId: "{answer.DeletionTaskId}" },
    ),
  ),
  read(
    "GetServiceLinkedRoleDeletionStatus",
    { DeletionTaskId: "{DeleteServiceLinkedRole.DeletionTaskId}" },
    { deletionTaskId: "{DeleteServiceLinkedRole.DeletionTaskId}" },
  ),
];
