import { refuse } from "../../../errors.ts";
import type { WebIdentityFacts } from "../../../identity/caller.ts";
import type { Role } from "../../../identity/entities.ts";
import { issuerKeys } from "../../../identity/web-claims.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { recordedCredentials, sessionCredentials } from "../session-credentials.ts";
import { packedPolicySize, policyClaims, type PolicyInput } from "../session-policies.ts";
import { sessionTags, type SessionTags } from "../session-tags.ts";
import { askRole, namedRole, recordedRole } from "../trusted-role.ts";
import { assumedRoleUser } from "./assume-role.ts";

interface Input extends PolicyInput {
  RoleArn: string;
  RoleSessionName: string;
  WebIdentityToken: string;
  DurationSeconds?: number;
}

const defaultSeconds = 3600;
const action = "sts:AssumeRoleWithWebIdentity";

/** Nobody signs it: the token says who calls, and identity/ has checked it by now. */
export const assumeRoleWithWebIdentity: Operation<Input, unknown, Entity<Role>> = {
  name: "AssumeRoleWithWebIdentity",
  readOnly: true,
  requestParameters: ({ RoleArn, RoleSessionName, DurationSeconds, Policy, PolicyArns }) => ({
    roleArn: RoleArn,
    roleSessionName: RoleSessionName,
    ...(DurationSeconds !== undefined && { durationSeconds: DurationSeconds }),
    ...(Policy !== undefined && { policy: Policy }),
    ...(PolicyArns && { policyArns: PolicyArns }),
  }),
  find: ({ RoleArn }, call) =>
    namedRole(RoleArn, call) ?? refuse("AccessDeniedException", `Not authorized to perform ${action}`, 403),
  resources: recordedRole,
  asks: ({ RoleSessionName }, role, call) => {
    const web = webIdentityOf(call);
    return askRole(action, role, {
      RoleSessionName,
      sourceIdentity: web.sourceIdentity,
      ...tagsOf(web),
      more: claimContext(web),
    });
  },
  run: (input, role, call) => {
    const { content } = role;
    const web = webIdentityOf(call);
    const { DurationSeconds = defaultSeconds, RoleSessionName } = input;
    if (DurationSeconds > content.maxSessionSeconds)
      refuse("ValidationException", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    const tags = tagsOf(web);
    const policies = policyClaims(input, content.account, call);
    const packed = packedPolicySize(policies, tags.tags);
    const issuedAt = call.clocks.wall();
    const { sourceIdentity } = web;
    const credentials = sessionCredentials(
      {
        kind: "assumed-role",
        name: RoleSessionName,
        account: content.account,
        entityId: role.row.id,
        uniqueId: content.uniqueId,
        issuedAt,
        expiresAt: issuedAt + DurationSeconds * 1000,
        mfa: false,
        webIdentity: {
          provider: web.provider,
          issuer: web.issuer,
          subject: web.subject,
          audience: web.audience,
          amr: web.amr,
        },
        ...tags,
        ...policies,
        ...(sourceIdentity !== undefined && { sourceIdentity }),
      },
      call,
    );
    const user = assumedRoleUser(content, RoleSessionName);
    return {
      answer: {
        Credentials: credentials,
        SubjectFromWebIdentityToken: web.subject,
        AssumedRoleUser: user,
        ...packed,
        Provider: web.provider,
        Audience: web.audience,
        ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
      },
      responseElements: {
        credentials: recordedCredentials(credentials),
        subjectFromWebIdentityToken: web.subject,
        assumedRoleUser: { assumedRoleId: user.AssumedRoleId, arn: user.Arn },
        provider: web.provider,
        audience: web.audience,
      },
    };
  },
};

const webIdentityOf = ({ caller }: Call): WebIdentityFacts =>
  caller.facts.webIdentity ?? refuse("AccessDeniedException", `Not authorized to perform ${action}`, 403);

const tagsOf = ({ tags, transitiveTagKeys }: WebIdentityFacts): SessionTags =>
  sessionTags({ Tags: tags, TransitiveTagKeys: transitiveTagKeys }, []);

/** `oaud` and `email` are the trust policy's alone: a session does not keep them. */
function claimContext(web: WebIdentityFacts): [string, string | readonly string[]][] {
  const { issuer, audiences, email } = web;
  const more: [string, string | readonly string[]][] = issuerKeys(web);
  if (audiences.length > 0) more.push([`${issuer.toLowerCase()}:oaud`, audiences]);
  if (email !== undefined) more.push([`${issuer.toLowerCase()}:email`, email]);
  return more;
}
