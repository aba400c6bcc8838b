import { on, read, type Step, write } from "./steps.ts";

const document = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "kms:ListKeys", Resource: "*" }],
});
const PolicyArn = "arn:aws:iam::000000000000:policy/mine";
const policy = { PolicyArn };
const ofPolicy = { policyArn: PolicyArn };
const tag = { Tags: [{ Key: "a", Value: "b" }] };
const ofTag = { tags: [{ key: "a", value: "b" }] };
const provider = { OpenIDConnectProviderArn: "arn:aws:iam::000000000000:oidc-provider/issuer.test" };
const ofProvider = { openIDConnectProviderArn: provider.OpenIDConnectProviderArn };
const thumbprint = "0123456789abcdef0123456789abcdef01234567";

/** Managed policies, providers, and what is about the account. */
export const iamPolicies: readonly Step[] = [
  ...on(
    "arn:aws:iam::{account}:policy/mine",
    write(
      "CreatePolicy",
      { PolicyName: "mine", PolicyDocument: document },
      { policyName: "mine", policyDocument: document },
      {
        policy: {
          policyName: "mine",
          policyId: "{answer.Policy.PolicyId}",
          arn: PolicyArn,
          path: "/",
          defaultVersionId: "v1",
          attachmentCount: 0,
          permissionsBoundaryUsageCount: 0,
          isAttachable: true,
          createDate: "{date}",
          updateDate: "{date}",
        },
      },
    ),
    read("GetPolicy", policy, ofPolicy),
  ),
  read("ListPolicies", { Scope: "Local" }, { scope: "Local" }),
  ...on(
    "arn:aws:iam::{account}:policy/mine",
    write(
      "CreatePolicyVersion",
      { ...policy, PolicyDocument: document, SetAsDefault: true },
      { ...ofPolicy, policyDocument: document, setAsDefault: true },
      { policyVersion: { versionId: "v2", isDefaultVersion: true, createDate: "{date}" } },
    ),
    read("GetPolicyVersion", { ...policy, VersionId: "v2" }, { ...ofPolicy, versionId: "v2" }),
    read("ListPolicyVersions", policy, ofPolicy),
    read("ListEntitiesForPolicy", policy, ofPolicy),
    write("SetDefaultPolicyVersion", { ...policy, VersionId: "v1" }, { ...ofPolicy, versionId: "v1" }),
    write("DeletePolicyVersion", { ...policy, VersionId: "v2" }, { ...ofPolicy, versionId: "v2" }),
    write("TagPolicy", { ...policy, ...tag }, { ...ofPolicy, ...ofTag }),
    read("ListPolicyTags", policy, ofPolicy),
    write("UntagPolicy", { ...policy, TagKeys: ["a"] }, { ...ofPolicy, tagKeys: ["a"] }),
    write("DeletePolicy", policy, ofPolicy),
  ),
  write(
    "CreateOpenIDConnectProvider",
    { Url: "https://issuer.test", ClientIDList: ["one"], ThumbprintList: [thumbprint] },
    { url: "https://issuer.test", clientIDList: ["one"], thumbprintList: [thumbprint] },
    ofProvider,
  ),
  read("GetOpenIDConnectProvider", provider, ofProvider),
  read("ListOpenIDConnectProviders", {}, null),
  write("AddClientIDToOpenIDConnectProvider", { ...provider, ClientID: "two" }, { ...ofProvider, clientID: "two" }),
  write(
    "RemoveClientIDFromOpenIDConnectProvider",
    { ...provider, ClientID: "two" },
    { ...ofProvider, clientID: "two" },
  ),
  write(
    "UpdateOpenIDConnectProviderThumbprint",
    { ...provider, ThumbprintList: [thumbprint] },
    { ...ofProvider, thumbprintList: [thumbprint] },
  ),
  write("TagOpenIDConnectProvider", { ...provider, ...tag }, { ...ofProvider, ...ofTag }),
  read("ListOpenIDConnectProviderTags", provider, ofProvider),
  write("UntagOpenIDConnectProvider", { ...provider, TagKeys: ["a"] }, { ...ofProvider, tagKeys: ["a"] }),
  write("DeleteOpenIDConnectProvider", provider, ofProvider),
  write("CreateAccountAlias", { AccountAlias: "shop" }, { accountAlias: "shop" }),
  read("ListAccountAliases", {}, null),
  write("DeleteAccountAlias", { AccountAlias: "shop" }, { accountAlias: "shop" }),
  read("GetAccountSummary", {}, null),
  read("GetAccountAuthorizationDetails", { Filter: ["User"] }, { filter: ["User"] }),
  read(
    "SimulateCustomPolicy",
    { PolicyInputList: [document], ActionNames: ["kms:ListKeys"] },
    { policyInputList: [document], actionNames: ["kms:ListKeys"] },
  ),
];
