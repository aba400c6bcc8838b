import { type CompiledPolicy, compilePolicy } from "./compile.ts";
import { decide } from "./decide.ts";
import type { Authority, Because, PolicySource, PolicyType, Question } from "./decision.ts";
import { explain } from "./explain.ts";

/** One change of a policy. All of those listed together make the answer a yes; the engine was asked. */
export interface Remedy {
  readonly type: PolicyType;
  /** Allow: this statement, added to a policy of that type. Remove: the statement that denies, taken out or narrowed. */
  readonly change: "allow" | "remove";
  readonly policy?: string;
  readonly statement?: string;
  readonly add?: object;
  /** An allowing statement that fails at its conditions alone: what the call would have had to carry. */
  readonly instead?: readonly {
    readonly policy: string;
    readonly statement: string;
    readonly conditions: readonly string[];
  }[];
}

/** A denial has no more reasons than this: each level and each kind of policy, and a few denies. */
const stepsMost = 24;

/** The smallest changes that would allow it, in order; undefined when no policy can (not an operation across accounts). */
export function remedies(question: Question): readonly Remedy[] | undefined {
  const steps: Remedy[] = [];
  for (let asked = question; steps.length < stepsMost; ) {
    const { allowed, because } = decide(asked);
    if (allowed) return steps;
    const changed = because.effect === "explicit deny" ? without(asked, because) : withAllow(asked, because.type);
    // A change that changes nothing: policies are not what stands in the way.
    if (!changed || sameReason(because, decide(changed).because)) return undefined;
    steps.push(remedyOf(asked, because));
    asked = changed;
  }
  return undefined;
}

const sameReason = (a: Because, b: Because): boolean =>
  a.effect === "implicit deny" && b.effect === "implicit deny" && a.type === b.type;

function remedyOf(question: Question, { effect, type, policy, statement }: Because): Remedy {
  if (effect === "explicit deny")
    return {
      type,
      change: "remove",
      ...(policy !== undefined && { policy }),
      ...(statement !== undefined && { statement }),
    };
  const near = explain(question).filter(
    (one) => one.type === type && one.effect === "Allow" && !one.applies && one.principal && one.resource,
  );
  const instead = near.map((one) => ({
    policy: one.policy,
    statement: one.statement,
    conditions: one.conditions
      .filter(({ holds }) => !holds)
      .map(({ operator, key, values }) => `${operator} ${key} ${values.join(" or ")}`),
  }));
  return { type, change: "allow", add: allowing(question, type), ...(instead.length > 0 && { instead }) };
}

/** The statement that is missing, as its author would write it. */
function allowing({ caller, action, resource }: Question, type: PolicyType): object {
  const base = { Effect: "Allow", Action: action };
  if (type === "role trust policy") return { ...base, Principal: nameOf(caller) };
  if (type === "resource-based policy")
    return { ...base, Principal: nameOf(caller), Resource: resource.startsWith("arn:aws:kms:") ? "*" : resource };
  return { ...base, Resource: resource };
}

const nameOf = ({ kind, service, principalArn }: Question["caller"]): object =>
  kind === "service" ? { Service: service } : { AWS: principalArn };

const everything = (type: PolicyType, question: Question): PolicySource => {
  const principal = type === "resource-based policy" || type === "role trust policy";
  const statement = principal
    ? { ...allowing(question, type), Resource: "*" }
    : { Effect: "Allow", Action: "*", Resource: "*" };
  return {
    name: "what is missing",
    policy: compilePolicy(
      JSON.stringify({ Statement: statement }),
      principal ? "key" : "identity",
      savedName(question),
    ),
  };
};

const savedName = ({ caller: { principalArn, uniqueId } }: Question): Record<string, string> => ({
  [principalArn]: uniqueId,
});

/** Two policies read as one. */
function joined(a: PolicySource, b: PolicySource): PolicySource {
  const policy: CompiledPolicy = {
    text: "",
    statements: [...a.policy.statements, ...b.policy.statements],
    principals: [...a.policy.principals, ...b.policy.principals],
    written: [...a.policy.written, ...b.policy.written],
    about: (action) => [...a.policy.about(action), ...b.policy.about(action)],
  };
  return { ...a, policy };
}

function withAllow(question: Question, type: PolicyType): Question | undefined {
  const { authority, resourcePolicy } = question;
  const more = everything(type, question);
  const allowed = (changed: Partial<Authority>) => ({ ...question, authority: { ...authority, ...changed } });
  if (type === "identity-based policy") return allowed({ identity: [...authority.identity, more] });
  if (type === "permissions boundary")
    return authority.boundary && allowed({ boundary: joined(authority.boundary, more) });
  if (type === "session policy") return allowed({ session: [...(authority.session ?? []), more] });
  if (type === "service control policy")
    return allowed({ serviceControl: (authority.serviceControl ?? []).map((level) => [...level, more]) });
  if (type === "resource-based policy" || type === "role trust policy")
    return { ...question, resourcePolicy: resourcePolicy ? joined(resourcePolicy, more) : more };
  return undefined;
}

/** The question without the statement that denies. */
function without(question: Question, { policy, statement }: Because): Question {
  const cut = (source: PolicySource): PolicySource => {
    if (source.name !== policy) return source;
    const keeps = (one: { name: string; effect: string }) => one.effect !== "Deny" || one.name !== statement;
    const whole = source.policy;
    return {
      ...source,
      policy: {
        ...whole,
        statements: whole.statements.filter(keeps),
        about: (action) => whole.about(action).filter(keeps),
      },
    };
  };
  const { authority, resourcePolicy, resourceControl } = question;
  const { boundary, session, serviceControl } = authority;
  return {
    ...question,
    ...(resourcePolicy && { resourcePolicy: cut(resourcePolicy) }),
    ...(resourceControl && { resourceControl: resourceControl.map(cut) }),
    authority: {
      identity: authority.identity.map(cut),
      ...(boundary && { boundary: cut(boundary) }),
      ...(session && { session: session.map(cut) }),
      ...(serviceControl && { serviceControl: serviceControl.map((level) => level.map(cut)) }),
    },
  };
}
