import { parseArn } from "../../arn.ts";
import { refuse } from "../../errors.ts";
import { awsManagedPolicies } from "../../identity/aws-managed.ts";
import type { ManagedPolicy, PolicyAttachment, PolicyUse } from "../../identity/entities.ts";
import type { Ask, Call } from "../../operation.ts";
import type { Change, Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { askIam, type Values } from "./ask-iam.ts";
import { noSuchEntity } from "./find-entity.ts";
import { ownTagValues } from "./tags.ts";

/** A managed policy that a request names by its ARN: the account's own, or AWS's. */
export interface FoundPolicy {
  readonly arn: string;
  /** Undefined: AWS's own, or nothing. */
  readonly entity: Entity<ManagedPolicy> | undefined;
  readonly content: ManagedPolicy | undefined;
}

/** Throws InvalidInput for what is no ARN of a policy. */
export function findPolicy(arn: string, call: Call): FoundPolicy {
  const { service, account = "", resource = "" } = parseArn(arn) ?? {};
  if (service !== "iam" || !/^(\d{12}|aws)$/.test(account) || !resource.startsWith("policy/"))
    return refuse("InvalidInputException", `ARN ${arn} is not valid.`);
  if (account === "aws") return { arn, entity: undefined, content: awsOwn(arn) };
  call.used.push(reference.row("policy", arn));
  const entity = call.entities.get<ManagedPolicy>("policy", arn);
  return { arn, entity, content: entity?.content };
}

export function awsOwn(arn: string): ManagedPolicy | undefined {
  const policy = awsManagedPolicies.get(arn);
  if (!policy) return undefined;
  const { text, version, updatedAt } = policy;
  const versions = [{ id: version, text, createdAt: updatedAt }];
  return { ...policy, account: "aws", tags: [], defaultVersion: version, nextVersion: 0, versions };
}

/** The policy that an entity of this account may carry. Throws NoSuchEntity. */
export function attachable(arn: string, call: Call, message = "Policy"): FoundPolicy & { content: ManagedPolicy } {
  const { content, ...found } = findPolicy(arn, call);
  if (content && [call.caller.facts.account, "aws"].includes(content.account)) return { ...found, content };
  return noSuchEntity(`${message} ${arn} does not exist or is not attachable.`);
}

/** Another account's policies are nobody's business here: the question alone is refused. */
export function askPolicy(operation: string, { arn, content }: FoundPolicy, call: Call, values: Values = []): Ask {
  const account = parseArn(arn)?.account ?? "";
  return {
    ...askIam(operation, call, arn, [...ownTagValues(content?.tags), ...values]),
    ...(account !== "aws" && { resourceAccount: account }),
    phrase: `on resource: policy ${arn}`,
  };
}

/** One use of a managed policy by one entity. */
export interface PolicyLink extends PolicyAttachment {
  readonly arn: string;
}

export const usesOf = (arn: string, call: Call): string => `${call.caller.facts.account} ${arn}`;

const linkRowId = ({ arn, use, kind, entity }: PolicyLink, call: Call): string =>
  `${usesOf(arn, call)} ${use} ${kind}/${entity.slice(entity.indexOf("/") + 1)}`;

export function readUse(arn: string, call: Call): Entity<PolicyUse> | undefined {
  const id = usesOf(arn, call);
  call.used.push(reference.row("policy-use", id));
  return call.entities.get<PolicyUse>("policy-use", id);
}

const unused: PolicyUse = { attached: 0, bounding: 0 };

export const useCounts = (arn: string, call: Call): PolicyUse => readUse(arn, call)?.content ?? unused;

/** The index row of a use, and the policy's counts. */
export function linkPolicy(link: PolicyLink, call: Call): Change[] {
  const { arn, use, kind, entity } = link;
  const content: PolicyAttachment = { use, kind, entity };
  const placement = { scope: call.caller.facts.account, parent: usesOf(arn, call) };
  const made = call.entities.create("policy-attachment", linkRowId(link, call), content, placement);
  return [made, countChange(link, 1, call)];
}

export function unlinkPolicy(link: PolicyLink, call: Call): Change[] {
  return [...unlinkRow(link, call), countChange(link, -1, call)];
}

function unlinkRow(link: PolicyLink, call: Call): Change[] {
  const id = linkRowId(link, call);
  call.used.push(reference.row("policy-attachment", id));
  const row = call.entities.get<PolicyAttachment>("policy-attachment", id);
  return row ? [call.entities.delete(row)] : [];
}

/** The entity has a new name: its uses stay what they are. */
export function moveLink(link: PolicyLink, entity: string, call: Call): Change[] {
  return [...unlinkRow(link, call), linkPolicy({ ...link, entity }, call)[0]!];
}

function countChange({ arn, use }: PolicyLink, by: 1 | -1, call: Call): Change {
  const row = readUse(arn, call);
  const before = row?.content ?? unused;
  const after = { ...before, [use]: Math.max(0, before[use] + by) };
  if (row) return call.entities.put(row, after);
  return call.entities.create("policy-use", usesOf(arn, call), after, { scope: call.caller.facts.account });
}
