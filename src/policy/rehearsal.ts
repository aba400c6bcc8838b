import { parseArn } from "../arn.ts";
import { compilePolicy, type PolicyKind } from "./compile.ts";
import { decide } from "./decide.ts";
import type { Authority, Decision, GrantYes, PolicySource, PrincipalFacts, Question, TrustRule } from "./decision.ts";
import { compilePrincipal, namedPrincipals } from "./principals.ts";
import { lowerName } from "./lower-name.ts";

/** A policy document as JSON, or its text. */
export type Written = object | string;

/**
 * Who asks, in a rehearsal, with its policies: a user, `…:root`, a session, a service (`ec2.amazonaws.com`), or whoever
 * holds a token of a provider (`…:oidc-provider/…`).
 */
export interface RehearsedPrincipal {
  readonly arn: string;
  /** The role's IAM ARN for a session (with its path), the issuing user's for a federated user. */
  readonly of?: string;
  /** What the principal is now; a policy that was saved for another of the same name does not mean it. */
  readonly uniqueId?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly policies?: readonly Written[];
  readonly boundary?: Written;
  readonly session?: readonly Written[];
  /** Each level of the organization, from the root down. */
  readonly serviceControl?: readonly (readonly Written[])[];
  /** The service that calls on its behalf: `ec2.eu-west-1.amazonaws.com`. */
  readonly viaService?: string;
}

export interface RehearsedResource {
  readonly arn: string;
  /** Where the ARN names none: a bucket's owner. */
  readonly account?: string;
  readonly policy?: Written;
  readonly tags?: Readonly<Record<string, string>>;
  /** ARN → unique id when the policy was saved, where that is not what it is now. */
  readonly saved?: Readonly<Record<string, string>>;
  readonly resourceControl?: readonly Written[];
  readonly grants?: readonly {
    readonly name: string;
    readonly grantee: string;
    readonly operations: readonly string[];
  }[];
}

export interface Asked {
  readonly action: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** A decision from written policies alone, with no server. Throws PolicyGrammarError. */
export const rehearse = (principal: RehearsedPrincipal, resource: RehearsedResource, asked: Asked): Decision =>
  decide(rehearsedQuestion(principal, resource, asked));

export function rehearsedQuestion(
  principal: RehearsedPrincipal,
  resource: RehearsedResource,
  { action, context = {} }: Asked,
): Question {
  const caller = factsOf(principal);
  const account = resource.account ?? (parseArn(resource.arn)?.account || caller.account);
  const grants = grantsOf(resource, caller, action);
  const trust = trustOf(resource);
  return {
    caller,
    authority: authorityOf(principal),
    action,
    resource: resource.arn,
    resourceAccount: account,
    trust,
    ...(resource.policy !== undefined && { resourcePolicy: resourcePolicy(resource.policy, trust, resource.saved) }),
    ...(resource.resourceControl && { resourceControl: sources(resource.resourceControl, "resource", "RCP") }),
    ...(grants.length > 0 && { grants }),
    context: contextOf(principal, caller, resource, account, context),
  };
}

export function factsOf({ arn, of, uniqueId }: RehearsedPrincipal): PrincipalFacts {
  const parsed = parseArn(arn);
  if (!parsed)
    return {
      kind: "service",
      account: "",
      arn,
      principalArn: arn,
      uniqueId: arn,
      ...(/\./.test(arn) && { service: arn }),
    };
  const { account, resource } = parsed;
  const [type = "", name = "", session = ""] = resource.split("/");
  // Whoever holds a token of the provider.
  if (parsed.service === "iam" && type === "oidc-provider")
    return { kind: "web-identity", account, arn, principalArn: arn, uniqueId: arn, provider: arn };
  if (resource === "root") return { kind: "root", account, arn, principalArn: arn, uniqueId: account, userId: account };
  if (type === "assumed-role") {
    const role = of ?? `arn:aws:iam::${account}:role/${name}`;
    const id = uniqueId ?? role;
    return { kind: "role-session", account, arn, principalArn: role, uniqueId: id, userId: `${id}:${session}` };
  }
  if (type === "federated-user")
    return {
      kind: "federated-user",
      account,
      arn,
      principalArn: arn,
      uniqueId: of ?? account,
      userId: `${account}:${name}`,
    };
  return { kind: "user", account, arn, principalArn: arn, uniqueId: uniqueId ?? arn, userId: uniqueId ?? arn };
}

function authorityOf({ policies = [], boundary, session, serviceControl }: RehearsedPrincipal): Authority {
  return {
    identity: sources(policies, "identity", "identity policy"),
    ...(boundary !== undefined && { boundary: sources([boundary], "identity", "boundary")[0]! }),
    ...(session && { session: sources(session, "session", "session policy") }),
    ...(serviceControl && { serviceControl: serviceControl.map((level) => sources(level, "identity", "SCP")) }),
  };
}

const textOf = (written: Written): string => (typeof written === "string" ? written : JSON.stringify(written));

const sources = (written: readonly Written[], kind: PolicyKind, name: string): PolicySource[] =>
  written.map((one, index) => ({ name: `${name} ${index + 1}`, policy: compilePolicy(textOf(one), kind) }));

function trustOf({ arn, policy }: RehearsedResource): TrustRule {
  const parsed = parseArn(arn);
  if (parsed?.service === "kms" && parsed.resource.startsWith("key/")) return "key";
  if (policy === undefined) return "identity";
  return parsed?.service === "iam" ? "trust" : "either";
}

function resourcePolicy(written: Written, trust: TrustRule, saved: RehearsedResource["saved"] = {}): PolicySource {
  const text = textOf(written);
  const kind = trust === "either" ? "resource" : trust === "trust" ? "trust" : "key";
  // A name means whoever has it now, unless it is said what it meant when the policy was saved.
  const named = compilePolicy(text, kind).principals.filter(({ name }) =>
    /^arn:[^:]+:iam::\d{12}:(user|role)\//.test(name),
  );
  const meaning = Object.fromEntries(named.map(({ name }) => [name, saved[name] ?? name]));
  return { name: trust === "trust" ? "trust policy" : `${kind} policy`, policy: compilePolicy(text, kind, meaning) };
}

function grantsOf({ grants = [] }: RehearsedResource, caller: PrincipalFacts, action: string): GrantYes[] {
  return grants.flatMap(({ name, grantee, operations }) => {
    const named = namedPrincipals({ AWS: [grantee] }).map((one) => [one.name, one.name]);
    const match = compilePrincipal(
      { AWS: [grantee] },
      /:(user|role)\//.test(grantee) ? Object.fromEntries(named) : {},
    )(caller);
    return match && operations.includes(action.slice(action.indexOf(":") + 1)) ? [{ name, match }] : [];
  });
}

const principalType = {
  root: "Account",
  user: "User",
  "role-session": "AssumedRole",
  "federated-user": "FederatedUser",
  "web-identity": "WebIdentityUser",
  service: "Service",
} as const;

function contextOf(
  { tags = {}, viaService }: RehearsedPrincipal,
  caller: PrincipalFacts,
  resource: RehearsedResource,
  resourceAccount: string,
  given: Asked["context"] & object,
): Map<string, string | readonly string[]> {
  const context: [string, string | readonly string[]][] = [
    ["aws:principaltype", principalType[caller.kind]],
    ["aws:resourceaccount", resourceAccount],
    ["aws:viaawsservice", String(viaService !== undefined)],
    ["aws:principalisawsservice", String(caller.kind === "service")],
    ...Object.entries(tags).map(([name, value]): [string, string] => [`aws:principaltag/${name}`, value]),
    ...Object.entries(resource.tags ?? {}).map(([name, value]): [string, string] => [`aws:resourcetag/${name}`, value]),
  ];
  if (caller.provider !== undefined) context.push(["aws:federatedprovider", caller.provider]);
  if (caller.kind !== "service" && caller.kind !== "web-identity")
    context.push(
      ["aws:principalarn", caller.principalArn],
      ["aws:principalaccount", caller.account],
      ["kms:calleraccount", caller.account],
    );
  if (caller.userId !== undefined) context.push(["aws:userid", caller.userId]);
  if (caller.kind === "user") context.push(["aws:username", caller.arn.slice(caller.arn.lastIndexOf("/") + 1)]);
  if (viaService !== undefined)
    context.push(["kms:viaservice", viaService], ["aws:calledvia", [viaService.replace(/\..*$/, ".amazonaws.com")]]);
  return new Map([...context, ...Object.entries(given)].map(([name, value]) => [lowerName(name), value]));
}
