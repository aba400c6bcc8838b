import { parseArn } from "../../../arn.ts";
import { AwsError, refuse } from "../../../errors.ts";
import { derived } from "../../../identity/authority.ts";
import { entityId, type Role, type Tag } from "../../../identity/entities.ts";
import type { Ask, Call, Operation } from "../../../operation.ts";
import { compilePolicy } from "../../../policy/compile.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { recordedCredentials, sessionCredentials } from "../session-credentials.ts";

interface Input {
  RoleArn: string;
  RoleSessionName: string;
  DurationSeconds?: number;
  Policy?: string;
  PolicyArns?: { arn: string }[];
  Tags?: Tag[];
  TransitiveTagKeys?: string[];
  ExternalId?: string;
  SerialNumber?: string;
  TokenCode?: string;
  SourceIdentity?: string;
}

const defaultSeconds = 3600;
const chainedMostSeconds = 3600;
const sessionPolicyMost = 2048;

export const assumeRole: Operation<Input, unknown, Entity<Role>> = {
  name: "AssumeRole",
  readOnly: true,
  requestParameters: (input) => ({
    roleArn: input.RoleArn,
    roleSessionName: input.RoleSessionName,
    ...(input.DurationSeconds !== undefined && { durationSeconds: input.DurationSeconds }),
    ...(input.Policy !== undefined && { policy: input.Policy }),
    ...(input.PolicyArns && { policyArns: input.PolicyArns }),
    ...(input.ExternalId !== undefined && { externalId: input.ExternalId }),
    ...(input.SourceIdentity !== undefined && { sourceIdentity: input.SourceIdentity }),
  }),
  find: (input, call) => {
    const { facts } = call.caller;
    if (facts.kind === "root") refuse("AccessDeniedException", "Roles may not be assumed by root accounts.", 403);
    const arn = parseArn(input.RoleArn);
    const name = arn?.service === "iam" ? (/^role\/(?:.*\/)?([^/]+)$/.exec(arn.resource)?.[1] ?? "") : "";
    if (!arn || name === "") refuse("ValidationException", `${input.RoleArn} is invalid`);
    const id = entityId(arn.account, name);
    call.used.push(reference.row("role", id));
    const role = call.entities.get<Role>("role", id);
    if (role?.content.arn === input.RoleArn) return role;
    // A role that is not there is refused like one that may not be assumed.
    return refuse(
      "AccessDeniedException",
      `User: ${facts.arn} is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`,
      403,
    );
  },
  resources: ({ content }) => [{ ARN: content.arn, accountId: content.account, type: "AWS::IAM::Role" }],
  asks: (input, role) => {
    const asks = [askRole("sts:AssumeRole", input, role)];
    if (input.Tags && input.Tags.length > 0) asks.push(askRole("sts:TagSession", input, role));
    if (input.SourceIdentity !== undefined) asks.push(askRole("sts:SetSourceIdentity", input, role));
    return asks;
  },
  run: (input, role, call) => {
    const { content } = role;
    const seconds = durationOf(input, content, call);
    const issuedAt = call.clocks.wall();
    const before = call.caller.facts.session;
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
        ...sessionTags(input, call),
        ...sourceIdentity(input.SourceIdentity, before?.sourceIdentity),
        ...policies(input),
      },
      call,
    );
    const user = {
      AssumedRoleId: `${content.uniqueId}:${input.RoleSessionName}`,
      Arn: `arn:aws:sts::${content.account}:assumed-role/${content.name}/${input.RoleSessionName}`,
    };
    return {
      answer: {
        Credentials: credentials,
        AssumedRoleUser: user,
        ...sourceIdentityAnswer(input.SourceIdentity ?? before?.sourceIdentity),
      },
      responseElements: {
        credentials: recordedCredentials(credentials),
        assumedRoleUser: { assumedRoleId: user.AssumedRoleId, arn: user.Arn },
      },
    };
  },
};

function askRole(action: string, input: Input, role: Entity<Role>): Ask {
  const { content } = role;
  const context = new Map<string, string | readonly string[]>([["sts:rolesessionname", input.RoleSessionName]]);
  if (input.ExternalId !== undefined) context.set("sts:externalid", input.ExternalId);
  if (input.SourceIdentity !== undefined) context.set("sts:sourceidentity", input.SourceIdentity);
  if (input.TransitiveTagKeys && input.TransitiveTagKeys.length > 0)
    context.set("sts:transitivetagkeys", input.TransitiveTagKeys);
  for (const { Key, Value } of input.Tags ?? []) context.set(`aws:requesttag/${Key.toLowerCase()}`, Value);
  if (input.Tags && input.Tags.length > 0)
    context.set(
      "aws:tagkeys",
      input.Tags.map(({ Key }) => Key),
    );
  for (const { Key, Value } of content.tags) context.set(`aws:resourcetag/${Key.toLowerCase()}`, Value);
  const resourcePolicy = derived(role, "trust", () => ({
    name: "trust policy",
    policy: compilePolicy(content.trust.text, "trust", content.trust.principals),
  }));
  return { action, resource: content.arn, resourceAccount: content.account, trust: "trust", resourcePolicy, context };
}

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

/** Transitive tags of the session that assumes come along and cannot be overridden. */
function sessionTags(
  { Tags = [], TransitiveTagKeys = [] }: Input,
  call: Call,
): { tags: Tag[]; transitiveTagKeys: string[] } {
  const { session } = call.caller.facts;
  const inherited = (session?.tags ?? []).filter(({ Key }) => session?.transitiveTagKeys.includes(Key));
  const clash = Tags.find(({ Key }) => inherited.some((tag) => tag.Key.toLowerCase() === Key.toLowerCase()));
  if (clash)
    refuse(
      "InvalidParameterValue",
      `One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.`,
      400,
    );
  const keys = Tags.map(({ Key }) => Key.toLowerCase());
  if (new Set(keys).size < keys.length)
    refuse("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.", 400);
  const transitiveTagKeys = [...TransitiveTagKeys, ...inherited.map(({ Key }) => Key)];
  return { tags: [...Tags, ...inherited], transitiveTagKeys };
}

function sourceIdentity(asked: string | undefined, before: string | undefined): { sourceIdentity?: string } {
  if (asked !== undefined && before !== undefined && asked !== before)
    refuse("AccessDeniedException", "The source identity of a session cannot be changed.", 403);
  const identity = asked ?? before;
  return identity === undefined ? {} : { sourceIdentity: identity };
}

const sourceIdentityAnswer = (identity: string | undefined): object =>
  identity === undefined ? {} : { SourceIdentity: identity };

function policies({ Policy, PolicyArns = [] }: Input): { policies?: { texts: string[]; arns: string[] } } {
  if (Policy === undefined && PolicyArns.length === 0) return {};
  if (Policy !== undefined) {
    if (Policy.length > sessionPolicyMost) refuse("PackedPolicyTooLarge", "The packed policy is too large.", 400);
    try {
      compilePolicy(Policy, "session");
    } catch {
      throw new AwsError("MalformedPolicyDocument", "This policy contains invalid Json", 400);
    }
  }
  return { policies: { texts: Policy === undefined ? [] : [Policy], arns: PolicyArns.map(({ arn }) => arn) } };
}
