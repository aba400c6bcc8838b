import type { Tag } from "../../identity/entities.ts";
import type { Ask, Call } from "../../operation.ts";
import type { FoundResource } from "./find-resource.ts";
import { type Resource, resourceArn, type ResourceKind, type Values } from "./resource-kinds.ts";
import { lowerName } from "../../policy/lower-name.ts";

/** Condition keys do not tell letter case apart: values of tags that differ in nothing else are a list. */
function bySpelling(prefix: string, tags: readonly Tag[]): Map<string, string | readonly string[]> {
  const byName = new Map<string, string | readonly string[]>();
  for (const { Key, Value } of tags) {
    const lower = prefix + lowerName(Key);
    const before = byName.get(lower);
    byName.set(lower, before === undefined ? Value : [before, Value].flat());
  }
  return byName;
}

/** aws:RequestTag/… and aws:TagKeys: the tags that a request puts on something. */
export function requestTagValues(tags: readonly Tag[]): Values {
  if (tags.length === 0) return [];
  return [...bySpelling("aws:requesttag/", tags), ["aws:tagkeys", tags.map(({ Key }) => Key)]];
}

/** aws:ResourceTag/… and ec2:ResourceTag/…: the tags that something has. */
export const resourceTagValues = (tags: readonly Tag[]): Values => [
  ...bySpelling("aws:resourcetag/", tags),
  ...bySpelling("ec2:resourcetag/", tags),
];

const everywhere = (call: Call): Values => [["ec2:region", call.region]];

/**
 * EC2 has no policies on resources: the caller's own decide. What is shared was shared by its owner, who is named by
 * aws:ResourceAccount.
 */
function ask(action: string, resource: string, owner: string, values: Values, call: Call): Ask {
  const context = new Map([...everywhere(call), ["aws:resourceaccount", owner] as const, ...values]);
  const resourceAccount = call.caller.facts.account;
  return { action: `ec2:${action}`, resource, resourceAccount, trust: "identity", context };
}

/** `action` on a resource that was found, or that is named and not there. */
export function askResource<T extends Resource>(
  action: string,
  { kind, id, region, entity }: FoundResource<T>,
  call: Call,
  values: Values = [],
): Ask {
  const own = call.caller.facts.account;
  const owner = entity?.content.account ?? own;
  const of = entity ? [...kind.conditions(entity.content), ...resourceTagValues(entity.content.tags)] : [];
  const arn = resourceArn(kind, id, { account: owner, region });
  return ask(action, arn, owner, [...of, ...values], call);
}

/**
 * `action` on a resource that is to be made (`…:snapshot/*`), and, where it is made with tags, ec2:CreateTags on it with
 * ec2:CreateAction.
 */
export function askNew(
  action: string,
  kind: ResourceKind<any>,
  tags: readonly Tag[],
  call: Call,
  values: Values = [],
): Ask[] {
  const { account } = call.caller.facts;
  const arn = resourceArn(kind, "*", { account, region: call.region });
  const tagged = requestTagValues(tags);
  const made = ask(action, arn, account, [...values, ...tagged], call);
  if (tags.length === 0) return [made];
  return [made, ask("CreateTags", arn, account, [...values, ...tagged, ["ec2:createaction", action]], call)];
}

/** What is not about one resource: Describe, account settings. */
export const askAll = (action: string, call: Call, values: Values = []): Ask =>
  ask(action, "*", call.caller.facts.account, values, call);
