import { on, read, type Step, write } from "./steps.ts";

const user = { UserName: "ann" };
const userName = "ann";
const ofUser = { userName };
const document = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "kms:ListKeys", Resource: "*" }],
});
const managed = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const inline = { PolicyName: "p", PolicyDocument: document };
const ofInline = { policyName: "p", policyDocument: document };

/** Users, groups, access keys and the policies on them. */
export const iamPrincipals: readonly Step[] = [
  ...on(
    "arn:aws:iam::{account}:user/team/ann",
    write(
      "CreateUser",
      { ...user, Path: "/team/", Tags: [{ Key: "team", Value: "shop" }] },
      { userName, path: "/team/", tags: [{ key: "team", value: "shop" }] },
      {
        user: {
          path: "/team/",
          userName,
          userId: "{answer.User.UserId}",
          arn: "arn:aws:iam::{account}:user/team/ann",
          createDate: "{date}",
          tags: [{ key: "team", value: "shop" }],
        },
      },
    ),
  ),
  read("GetUser", user, ofUser),
  read("ListUsers", { PathPrefix: "/team/" }, { pathPrefix: "/team/" }),
  ...on(
    "arn:aws:iam::{account}:user/team/ann",
    write("UpdateUser", { ...user, NewPath: "/" }, { userName, newPath: "/" }),
  ),
  ...on(
    "arn:aws:iam::{account}:user/ann",
    write("TagUser", { ...user, Tags: [{ Key: "a", Value: "b" }] }, { userName, tags: [{ key: "a", value: "b" }] }),
    read("ListUserTags", user, ofUser),
    write("UntagUser", { ...user, TagKeys: ["a"] }, { userName, tagKeys: ["a"] }),
  ),
  write("CreateAccessKey", user, ofUser, {
    accessKey: { userName, accessKeyId: "{answer.AccessKey.AccessKeyId}", status: "Active", createDate: "{date}" },
  }),
  read("ListAccessKeys", user, ofUser),
  read(
    "GetAccessKeyLastUsed",
    { AccessKeyId: "{CreateAccessKey.AccessKey.AccessKeyId}" },
    { accessKeyId: "{CreateAccessKey.AccessKey.AccessKeyId}" },
  ),
  write(
    "UpdateAccessKey",
    { ...user, AccessKeyId: "{CreateAccessKey.AccessKey.AccessKeyId}", Status: "Inactive" },
    { userName, accessKeyId: "{CreateAccessKey.AccessKey.AccessKeyId}", status: "Inactive" },
  ),
  write(
    "DeleteAccessKey",
    { ...user, AccessKeyId: "{CreateAccessKey.AccessKey.AccessKeyId}" },
    { userName, accessKeyId: "{CreateAccessKey.AccessKey.AccessKeyId}" },
  ),
  ...on(
    "arn:aws:iam::{account}:user/ann",
    write("PutUserPolicy", { ...user, ...inline }, { userName, ...ofInline }),
    read("GetUserPolicy", { ...user, PolicyName: "p" }, { userName, policyName: "p" }),
    read("ListUserPolicies", user, ofUser),
    write("DeleteUserPolicy", { ...user, PolicyName: "p" }, { userName, policyName: "p" }),
    write("AttachUserPolicy", { ...user, PolicyArn: managed }, { userName, policyArn: managed }),
    read("ListAttachedUserPolicies", user, ofUser),
    write("DetachUserPolicy", { ...user, PolicyArn: managed }, { userName, policyArn: managed }),
    write(
      "PutUserPermissionsBoundary",
      { ...user, PermissionsBoundary: managed },
      { userName, permissionsBoundary: managed },
    ),
    write("DeleteUserPermissionsBoundary", user, ofUser),
  ),
  read("ListMFADevices", user, ofUser),
  read("ListSSHPublicKeys", user, ofUser),
  read("ListSigningCertificates", user, ofUser),
  read("ListServiceSpecificCredentials", user, ofUser),
  read("ListVirtualMFADevices", {}, null),
  ...on(
    "arn:aws:iam::{account}:group/staff",
    write(
      "CreateGroup",
      { GroupName: "staff" },
      { groupName: "staff" },
      {
        group: {
          path: "/",
          groupName: "staff",
          groupId: "{answer.Group.GroupId}",
          arn: "arn:aws:iam::{account}:group/staff",
          createDate: "{date}",
        },
      },
    ),
    write("AddUserToGroup", { GroupName: "staff", ...user }, { groupName: "staff", userName }),
    read("GetGroup", { GroupName: "staff" }, { groupName: "staff" }),
  ),
  read("ListGroups", { MaxItems: 7 }, { maxItems: 7 }),
  ...on("arn:aws:iam::{account}:user/ann", read("ListGroupsForUser", user, ofUser)),
  ...on(
    "arn:aws:iam::{account}:group/staff",
    write("PutGroupPolicy", { GroupName: "staff", ...inline }, { groupName: "staff", ...ofInline }),
    read("GetGroupPolicy", { GroupName: "staff", PolicyName: "p" }, { groupName: "staff", policyName: "p" }),
    read("ListGroupPolicies", { GroupName: "staff" }, { groupName: "staff" }),
    write("DeleteGroupPolicy", { GroupName: "staff", PolicyName: "p" }, { groupName: "staff", policyName: "p" }),
    write("AttachGroupPolicy", { GroupName: "staff", PolicyArn: managed }, { groupName: "staff", policyArn: managed }),
    read("ListAttachedGroupPolicies", { GroupName: "staff" }, { groupName: "staff" }),
    write("DetachGroupPolicy", { GroupName: "staff", PolicyArn: managed }, { groupName: "staff", policyArn: managed }),
    write("RemoveUserFromGroup", { GroupName: "staff", ...user }, { groupName: "staff", userName }),
    write("UpdateGroup", { GroupName: "staff", NewGroupName: "crew" }, { groupName: "staff", newGroupName: "crew" }),
  ),
  ...on("arn:aws:iam::{account}:group/crew", write("DeleteGroup", { GroupName: "crew" }, { groupName: "crew" })),
  ...on("arn:aws:iam::{account}:user/ann", write("DeleteUser", user, ofUser)),
];
