import { stsArn } from "../../../arn.ts";
import { refuse } from "../../../errors.ts";
import type { SessionFacts } from "../../../identity/caller.ts";
import type { Role, Tag } from "../../../identity/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { packedPolicySize, policyClaims, type PolicyInput } from "../session-policies.ts";
import { recordedCredentials, sessionCredentials } from "../session-credentials.ts";
import { inheritedTags, sessionTags } from "../session-tags.ts";
import { askRole, namedRole, recordedRole } from "../trusted-role.ts";

interface Input extends PolicyInput {
  RoleArn: string;
  RoleSessionName: string;
  DurationSeconds?: number;
  Tags?: Tag[];
  TransitiveTagKeys?: string[];
  ExternalId?: string;
  SerialNumber?: string;
  TokenCode?: string;
  SourceIdentity?: string;
}

const defaultSeconds = 3600;
const chainedMostSeconds = 3600;

export const assumeRole: Operation<Input, unknown, Entity<Role>> = {
  name: "AssumeRole",
  readOnly: true,
  requestParameters: (input) => ({
    roleArn: input.RoleArn,
    roleSessionName: input.RoleSessionName,
    ...(input.DurationSeconds !== undefined && { durationSeconds: input.DurationSeconds }),
    ...(input.Policy !== undefined && { policy: input.Policy }),
    ...(input.PolicyArns && { policyArns: input.PolicyArns }),
    ...(input.Tags && { tags: input.Tags.map(({ Key, Value }) => ({ key: Key, value: Value })) }),
    ...(input.TransitiveTagKeys && { transitiveTagKeys: input.TransitiveTagKeys }),
    ...(input.ExternalId !== undefined && { externalId: input.ExternalId }),
    ...(input.SerialNumber !== undefined && { serialNumber: input.SerialNumber }),
    ...(input.SourceIdentity !== undefined && { sourceIdentity: input.SourceIdentity }),
  }),
  find: (input, call) => {
    const { facts } = call.caller;
    if (facts.kind === "root") refuse("AccessDeniedException", "Roles may not be assumed by root accounts.", 403);
    if (facts.kind === "federated-user")
      refuse("AccessDeniedException", "Roles may not be assumed by federated users.", 403);
    // A role that is not there is refused like one that may not be assumed.
    return (
      namedRole(input.RoleArn, call) ??
      refuse(
        "AccessDeniedException",
        `User: ${facts.arn} is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`,
        403,
      )
    );
  },
  resources: recordedRole,
  asks: (input, role, call) => {
    const { session } = call.caller.facts;
    return askRole("sts:AssumeRole", role, {
      RoleSessionName: input.RoleSessionName,
      externalId: input.ExternalId,
      sourceIdentity: input.SourceIdentity ?? session?.sourceIdentity,
      ...sessionTags(input, inheritedTags(session)),
    });
  },
  run: (input, role, call) => {
    const { content } = role;
    const { session } = call.caller.facts;
    if (input.SerialNumber !== undefined || input.TokenCode !== undefined)
      refuse("AccessDeniedException", "MultiFactorAuthentication failed with invalid MFA one time pass code.", 403);
    const seconds = durationOf(input, content, call);
    const sourceIdentity = sourceIdentityOf(input, session);
    const tags = sessionTags(input, inheritedTags(session));
    const policies = policyClaims(input, content.account, call);
    const packed = packedPolicySize(policies, tags.tags);
    const issuedAt = call.clocks.wall();
    const credentials = sessionCredentials(
      {
        kind: "assumed-role",
        name: input.RoleSessionName,
        account: content.account,
        entityId: role.row.id,
        uniqueId: content.uniqueId,
        issuedAt,
        expiresAt: issuedAt + seconds * 1000,
        mfa: false,
        ...tags,
        ...sourceIdentity.kept,
        ...policies,
      },
      call,
    );
    const AssumedRoleUser = assumedRoleUser(content, input.RoleSessionName);
    return {
      answer: { Credentials: credentials, AssumedRoleUser, ...packed, ...sourceIdentity.answered },
      responseElements: {
        credentials: recordedCredentials(credentials),
        assumedRoleUser: { assumedRoleId: AssumedRoleUser.AssumedRoleId, arn: AssumedRoleUser.Arn },
        ...(packed.PackedPolicySize !== undefined && { packedPolicySize: packed.PackedPolicySize }),
        ...sourceIdentity.kept,
      },
    };
  },
};

export const assumedRoleUser = (
  { uniqueId, account, name }: Role,
  session: string,
): { AssumedRoleId: string; Arn: string } => ({
  AssumedRoleId: `${uniqueId}:${session}`,
  Arn: stsArn(account, `assumed-role/${name}/${session}`),
});

function durationOf({ DurationSeconds = defaultSeconds }: Input, role: Role, call: Call): number {
  if (DurationSeconds > role.maxSessionSeconds)
    refuse("ValidationException", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  if (call.caller.facts.kind === "role-session" && DurationSeconds > chainedMostSeconds)
    refuse(
      "ValidationException",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  return DurationSeconds;
}

/** Once set it stays, whatever roles are assumed with the session. */
function sourceIdentityOf(
  { SourceIdentity: asked }: Input,
  session: SessionFacts | undefined,
): { kept?: { sourceIdentity: string }; answered?: { SourceIdentity: string } } {
  const before = session?.sourceIdentity;
  if (asked !== undefined && before !== undefined && asked !== before)
    refuse("AccessDeniedException", "The source identity of a session cannot be changed.", 403);
  const identity = asked ?? before;
  if (identity === undefined) return {};
  return { kept: { sourceIdentity: identity }, answered: { SourceIdentity: identity } };
}
