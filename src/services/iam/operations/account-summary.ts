import { setImmediate } from "node:timers/promises";
import type { ManagedPolicy } from "../../../identity/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import { askIam } from "../ask-iam.ts";

const pageRows = 500;

/** Counts the account's rows of a kind, letting other calls in between the pages. */
async function count<C>(kind: string, call: Call, weigh: (content: C) => number = () => 1): Promise<number> {
  let total = 0;
  for (let after = ""; ; ) {
    const rows = call.entities.listByScope<C>(kind, call.caller.facts.account, { after, limit: pageRows });
    for (const { content } of rows) total += weigh(content);
    const last = rows.at(-1);
    if (!last || rows.length < pageRows) return total;
    after = last.row.id;
    await setImmediate();
  }
}

/** AWS's quotas. Differs: those of whole accounts (users, roles, policies) are told and not enforced. */
const quotas = {
  UsersQuota: 5000,
  GroupsQuota: 300,
  RolesQuota: 1000,
  PoliciesQuota: 1500,
  InstanceProfilesQuota: 1000,
  ServerCertificatesQuota: 20,
  UserPolicySizeQuota: 2048,
  GroupPolicySizeQuota: 5120,
  RolePolicySizeQuota: 10_240,
  AssumeRolePolicySizeQuota: 2048,
  GroupsPerUserQuota: 10,
  AccessKeysPerUserQuota: 2,
  SigningCertificatesPerUserQuota: 2,
  AttachedPoliciesPerUserQuota: 10,
  AttachedPoliciesPerGroupQuota: 10,
  AttachedPoliciesPerRoleQuota: 10,
  PolicySizeQuota: 6144,
  PolicyVersionsInUseQuota: 10_000,
  VersionsPerPolicyQuota: 5,
  GlobalEndpointTokenVersion: 1,
};

/** What there is none of here. */
const none = {
  ServerCertificates: 0,
  MFADevices: 0,
  MFADevicesInUse: 0,
  AccountMFAEnabled: 0,
  AccountPasswordPresent: 0,
  AccountSigningCertificatesPresent: 0,
};

export const getAccountSummary: Operation = {
  name: "GetAccountSummary",
  readOnly: true,
  requestParameters: () => null,
  find: () => undefined,
  asks: (_input, _found, call) => [askIam("GetAccountSummary", call)],
  run: async (_input, _found, call) => {
    const rootKeys = call.entities.listByParent("access-key", `${call.caller.facts.account}/`, { after: "", limit: 1 });
    const SummaryMap = {
      Users: await count("user", call),
      Groups: await count("group", call),
      Roles: await count("role", call),
      Policies: await count("policy", call),
      PolicyVersionsInUse: await count<ManagedPolicy>("policy", call, ({ versions }) => versions.length),
      InstanceProfiles: await count("instance-profile", call),
      Providers: await count("oidc-provider", call),
      AccountAccessKeysPresent: rootKeys.length,
      ...none,
      ...quotas,
    };
    return { answer: { SummaryMap } };
  },
};
