import { parseArn } from "../../arn.ts";
import { derived } from "../../identity/authority.ts";
import { entityId, type Role, type Tag } from "../../identity/entities.ts";
import type { Ask, Call } from "../../operation.ts";
import { refuse } from "../../errors.ts";
import { compilePolicy } from "../../policy/compile.ts";
import type { Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { tagContext } from "./session-tags.ts";
import { lowerName } from "../../policy/lower-name.ts";

/** Undefined when there is no such role. Throws for what is no role's ARN. */
export function namedRole(roleArn: string, call: Call): Entity<Role> | undefined {
  const arn = parseArn(roleArn);
  const name = arn?.service === "iam" ? (/^role\/(?:.*\/)?([^/]+)$/.exec(arn.resource)?.[1] ?? "") : "";
  if (!arn || name === "") return refuse("ValidationException", `${roleArn} is invalid`);
  const id = entityId(arn.account, name);
  call.used.push(reference.row("role", id));
  const role = call.entities.get<Role>("role", id);
  return role?.content.arn === roleArn ? role : undefined;
}

export const recordedRole = ({ content }: Entity<Role>): { ARN: string; accountId: string; type: string }[] => [
  { ARN: content.arn, accountId: content.account, type: "AWS::IAM::Role" },
];

/** What the trust policy is asked about a session that is to be. */
export interface Wanted {
  readonly RoleSessionName: string;
  readonly externalId?: string | undefined;
  readonly sourceIdentity?: string | undefined;
  /** Those that come along included. */
  readonly tags: readonly Tag[];
  readonly transitiveTagKeys: readonly string[];
  readonly more?: readonly (readonly [string, string | readonly string[]])[];
}

/** Tags and a source identity need a yes of their own, also when they come along from the session that assumes. */
export function askRole(action: string, role: Entity<Role>, wanted: Wanted): Ask[] {
  const { content } = role;
  const context = new Map<string, string | readonly string[]>([
    ["sts:rolesessionname", wanted.RoleSessionName],
    ...tagContext(wanted.tags),
    ...content.tags.map(({ Key, Value }): [string, string] => [`aws:resourcetag/${lowerName(Key)}`, Value]),
    ...(wanted.more ?? []),
  ]);
  if (wanted.externalId !== undefined) context.set("sts:externalid", wanted.externalId);
  if (wanted.sourceIdentity !== undefined) context.set("sts:sourceidentity", wanted.sourceIdentity);
  if (wanted.transitiveTagKeys.length > 0) context.set("sts:transitivetagkeys", wanted.transitiveTagKeys);
  const resourcePolicy = derived(role, "trust", () => ({
    name: "trust policy",
    policy: compilePolicy(content.trust.text, "trust", content.trust.principals),
  }));
  const actions = [action];
  if (wanted.tags.length > 0) actions.push("sts:TagSession");
  if (wanted.sourceIdentity !== undefined) actions.push("sts:SetSourceIdentity");
  return actions.map((one) => ({
    action: one,
    resource: content.arn,
    resourceAccount: content.account,
    trust: "trust",
    resourcePolicy,
    context,
  }));
}
