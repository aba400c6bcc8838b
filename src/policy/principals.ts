import { parseArn } from "../arn.ts";
import type { PrincipalFacts } from "./decision.ts";
import type { WrittenPrincipal } from "./grammar.ts";

/** How strongly a statement names the caller (iam.md, section 1.1); undefined: not at all. */
export type Match = "direct" | "role" | "account";

export type PrincipalMatcher = (caller: PrincipalFacts) => Match | undefined;

/** `saved`: what each ARN meant when the policy was saved; such a principal matches that entity and no successor. */
export function compilePrincipal(written: WrittenPrincipal, saved: Readonly<Record<string, string>>): PrincipalMatcher {
  if (written === "*") return () => "direct";
  const matchers = Object.entries(written).flatMap(([type, names]) => names.map((name) => one(type, name, saved)));
  return (caller) => {
    let best: Match | undefined;
    for (const matcher of matchers) {
      const match = matcher(caller);
      if (match === "direct") return match;
      if (match === "role" || best === undefined) best = match ?? best;
    }
    return best;
  };
}

function one(type: string, name: string, saved: Readonly<Record<string, string>>): PrincipalMatcher {
  if (type === "Service")
    return (caller) => (caller.kind === "service" && caller.service === name ? "direct" : undefined);
  if (type === "Federated") return (caller) => (caller.provider === name ? "direct" : undefined);
  if (type !== "AWS") return () => undefined;
  if (name === "*") return () => "direct";
  const named = namedEntity(name, saved);
  // A web identity is of no account: its provider names it.
  return (caller) => (caller.kind === "web-identity" ? undefined : named(caller));
}

function namedEntity(name: string, saved: Readonly<Record<string, string>>): PrincipalMatcher {
  const account = /^\d{12}$/.test(name) ? name : rootAccount(name);
  if (account !== undefined)
    return (caller) => (caller.account === account && caller.kind !== "service" ? "account" : undefined);
  const id = Object.hasOwn(saved, name) ? saved[name] : /^A(ID|RO)A[A-Z0-9]{12,}$/.test(name) ? name : undefined;
  if (id !== undefined && /^AROA[A-Z0-9]*:/.test(id)) return (caller) => (caller.userId === id ? "direct" : undefined);
  if (id !== undefined) return (caller) => (caller.uniqueId === id ? strength(caller) : undefined);
  return (caller) => {
    // A session may be named by its own ARN; a role's sessions and a user by the ARN of the IAM entity.
    if (caller.kind !== "root" && caller.arn === name) return "direct";
    return caller.kind !== "root" && caller.principalArn === name ? strength(caller) : undefined;
  };
}

const strength = ({ kind }: PrincipalFacts): Match =>
  kind === "role-session" || kind === "federated-user" ? "role" : "direct";

const rootAccount = (name: string): string | undefined => {
  const arn = parseArn(name);
  return arn?.service === "iam" && arn.resource === "root" ? arn.account : undefined;
};

export interface NamedPrincipal {
  readonly type: string;
  readonly name: string;
}

/** Everybody that the policy names. */
export function namedPrincipals(written: WrittenPrincipal | undefined): NamedPrincipal[] {
  if (written === undefined) return [];
  if (written === "*") return [{ type: "AWS", name: "*" }];
  return Object.entries(written).flatMap(([type, names]) => names.map((name) => ({ type, name })));
}
