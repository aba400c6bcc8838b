import { stsArn } from "../../../arn.ts";
import { refuse } from "../../../errors.ts";
import { entityId, type Tag } from "../../../identity/entities.ts";
import type { Operation } from "../../../operation.ts";
import { askedWith, refuseAnySession } from "../long-term.ts";
import { recordedCredentials, sessionCredentials } from "../session-credentials.ts";
import { packedPolicySize, policyClaims, type PolicyInput } from "../session-policies.ts";
import { sessionTags, tagContext } from "../session-tags.ts";

interface Input extends PolicyInput {
  Name: string;
  DurationSeconds?: number;
  Tags?: Tag[];
}

const defaultSeconds = 43_200;
const rootMostSeconds = 3600;

/** A session of the user for somebody the account vouches for; without a session policy it may do nothing of its own. */
export const getFederationToken: Operation<Input, unknown, undefined> = {
  name: "GetFederationToken",
  readOnly: true,
  requestParameters: ({ Name, DurationSeconds, Policy, PolicyArns, Tags }) => ({
    name: Name,
    ...(DurationSeconds !== undefined && { durationSeconds: DurationSeconds }),
    ...(Policy !== undefined && { policy: Policy }),
    ...(PolicyArns && { policyArns: PolicyArns }),
    ...(Tags && { tags: Tags.map(({ Key, Value }) => ({ key: Key, value: Value })) }),
  }),
  find: (_input, call) => {
    const { facts } = call.caller;
    refuseAnySession("GetFederationToken", facts);
    if (facts.kind !== "user" && facts.kind !== "root")
      refuse("AccessDeniedException", "Only users may call GetFederationToken", 403);
    return undefined;
  },
  asks: ({ Name, Tags = [] }, _found, { caller }) => {
    const { account } = caller.facts;
    const context = new Map(tagContext(Tags));
    const actions = Tags.length > 0 ? ["sts:GetFederationToken", "sts:TagSession"] : ["sts:GetFederationToken"];
    return actions.map((action) => ({
      action,
      resource: stsArn(account, `federated-user/${Name}`),
      resourceAccount: account,
      trust: "identity",
      context,
    }));
  },
  run: (input, _found, call) => {
    const { facts } = call.caller;
    const { account, userName } = facts;
    const { DurationSeconds = defaultSeconds, Name } = input;
    const seconds = facts.kind === "root" ? Math.min(DurationSeconds, rootMostSeconds) : DurationSeconds;
    const { tags } = sessionTags(input, []);
    const policies = policyClaims(input, account, call);
    const packed = packedPolicySize(policies, tags);
    const issuedAt = call.clocks.wall();
    const credentials = sessionCredentials(
      {
        kind: "federated-user",
        name: Name,
        account,
        entityId: userName === undefined ? "" : entityId(account, userName),
        uniqueId: facts.uniqueId,
        ...askedWith(call),
        issuedAt,
        expiresAt: issuedAt + seconds * 1000,
        mfa: false,
        tags,
        transitiveTagKeys: [],
        ...policies,
      },
      call,
    );
    const user = { FederatedUserId: `${account}:${Name}`, Arn: stsArn(account, `federated-user/${Name}`) };
    return {
      answer: { Credentials: credentials, FederatedUser: user, ...packed },
      responseElements: {
        credentials: recordedCredentials(credentials),
        federatedUser: { federatedUserId: user.FederatedUserId, arn: user.Arn },
        ...(packed.PackedPolicySize !== undefined && { packedPolicySize: packed.PackedPolicySize }),
      },
    };
  },
};
