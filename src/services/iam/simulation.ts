import { AwsError, refuse } from "../../errors.ts";
import type { PolicyKind } from "../../policy/compile.ts";
import { compilePolicy, PolicyGrammarError } from "../../policy/compile.ts";
import { decide } from "../../policy/decide.ts";
import type {
  Authority,
  PolicySource,
  PolicyType,
  PrincipalFacts,
  Question,
  TrustRule,
} from "../../policy/decision.ts";
import { explain } from "../../policy/explain.ts";
import { parseArn } from "../../arn.ts";
import { lowerName } from "../../policy/lower-name.ts";

/** What both Simulate operations take. */
export interface SimulationInput {
  ActionNames: string[];
  ResourceArns?: string[];
  ResourcePolicy?: string;
  ResourceOwner?: string;
  ContextEntries?: { ContextKeyName?: string; ContextKeyValues?: string[]; ContextKeyType?: string }[];
  MaxItems?: number;
  Marker?: string;
}

export interface Simulated {
  readonly caller: PrincipalFacts;
  readonly authority: Authority;
  /** What is known of the caller; entries of the request come over it. */
  readonly context: ReadonlyMap<string, string | readonly string[]>;
  /** Does it stand under an organization's policies? */
  readonly controlled: boolean;
}

const pageMost = 100;

/** Throws InvalidInput for a document that is no policy. */
export function inputPolicies(texts: readonly string[] | undefined, name: string, kind: PolicyKind): PolicySource[] {
  return (texts ?? []).map((text, index) => {
    try {
      return { name: `${name}.${index + 1}`, policy: compilePolicy(text, kind) };
    } catch (error) {
      if (error instanceof PolicyGrammarError)
        throw new AwsError("InvalidInputException", `Invalid Input ${name}.${index + 1}: ${error.message}`, 400);
      throw error;
    }
  });
}

/** A page of results, one for each action and resource, in their order. */
export function simulate(input: SimulationInput, simulated: Simulated): object {
  const { ActionNames, ResourceArns = ["*"], MaxItems = pageMost, Marker } = input;
  const start = Marker === undefined ? 0 : /^\d{1,9}$/.test(Marker) ? Number(Marker) : badMarker();
  const resourcePolicy = inputPolicies(
    input.ResourcePolicy === undefined ? [] : [input.ResourcePolicy],
    "ResourcePolicy",
    "key",
  )[0];
  const context = contextOf(input, simulated);
  const count = ActionNames.length * ResourceArns.length;
  const end = Math.min(start + MaxItems, count);
  const results: object[] = [];
  for (let at = start; at < end; at++) {
    const action = ActionNames[Math.floor(at / ResourceArns.length)]!;
    const resource = ResourceArns[at % ResourceArns.length]!;
    if (!/^[A-Za-z0-9-]+:[A-Za-z0-9*]+$/.test(action))
      refuse("InvalidInputException", `Invalid Input Action: ${action}`);
    const { caller, authority } = simulated;
    const owner = /\d{12}/.exec(input.ResourceOwner ?? "")?.[0];
    const account = resourcePolicy ? (owner ?? (parseArn(resource)?.account || caller.account)) : caller.account;
    const trust = resourcePolicy ? trustOf(resource) : "identity";
    const base = { caller, authority, action, resource, resourceAccount: account, trust, context };
    results.push(resultOf(resourcePolicy ? { ...base, resourcePolicy } : base, simulated));
  }
  return { EvaluationResults: results, IsTruncated: end < count, ...(end < count && { Marker: String(end) }) };
}

const badMarker = (): never => refuse("InvalidInputException", "Invalid Marker.");

const trustOf = (arn: string): TrustRule => {
  const { service, resource } = parseArn(arn) ?? {};
  if (service === "kms") return "key";
  return service === "iam" && resource?.startsWith("role/") ? "trust" : "either";
};

function contextOf(
  { ContextEntries = [] }: SimulationInput,
  { context }: Simulated,
): Map<string, string | readonly string[]> {
  const all = new Map(context);
  for (const { ContextKeyName = "", ContextKeyValues = [], ContextKeyType = "string" } of ContextEntries) {
    if (ContextKeyValues.length === 0) continue;
    all.set(lowerName(ContextKeyName), ContextKeyType.endsWith("List") ? ContextKeyValues : ContextKeyValues[0]!);
  }
  return all;
}

const decisions = { allow: "allowed", "explicit deny": "explicitDeny", "implicit deny": "implicitDeny" } as const;

const sourceTypes: Partial<Record<PolicyType, string>> = {
  "resource-based policy": "Resource Policy",
  "role trust policy": "Resource Policy",
  "permissions boundary": "Permissions Boundary",
};

function resultOf(question: Question, { controlled }: Simulated): object {
  const { because } = decide(question);
  const considered = explain(question);
  const matched = considered.filter(({ applies, type }) => applies && type !== "service control policy");
  const missing = considered.flatMap(({ conditions }) =>
    conditions.filter(({ saw }) => saw === null).map(({ key }) => key),
  );
  const { boundary } = question.authority;
  const allows = (type: PolicyType) =>
    considered.some((one) => one.type === type && one.applies && one.effect === "Allow") &&
    !considered.some((one) => one.type === type && one.applies && one.effect === "Deny");
  const organization = because.type !== "service control policy";
  return {
    EvalActionName: question.action,
    EvalResourceName: question.resource,
    EvalDecision: decisions[because.effect],
    MatchedStatements: matched.map(({ policy, type }) => ({
      SourcePolicyId: policy,
      SourcePolicyType: sourceTypes[type] ?? "IAM Policy",
    })),
    MissingContextValues: [...new Set(missing)],
    ...(boundary && {
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: allows("permissions boundary") },
    }),
    ...(controlled && { OrganizationsDecisionDetail: { AllowedByOrganizations: organization } }),
  };
}
