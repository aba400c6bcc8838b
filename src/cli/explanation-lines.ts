import type { ExplainedDecision } from "../decisions.ts";
import type { Considered } from "../policy/explain.ts";
import type { Remedy } from "../policy/remedies.ts";

/** The whole decision as people read it. */
export function explanationLines(explained: ExplainedDecision): string[] {
  const { requestId, at, principal, action, resource, note } = explained;
  return [
    ...(principal === undefined ? [] : [principal]),
    `  asked for ${action} on ${resource} at ${at}`,
    `  request ${requestId}`,
    "",
    `${explained.allowed ? "Allowed" : "Denied"}: ${reason(explained)}`,
    ...(note === undefined ? [] : [note]),
    ...(explained.considered
      ? ["", "Considered:", ...considered(explained.considered), "", ...wouldAllow(explained)]
      : []),
  ].map(printable);
}

function reason({ because: { effect, type, policy, statement, arn } }: ExplainedDecision): string {
  const source = policy === undefined ? type : `${policy}${arn === undefined || arn === policy ? "" : ` (${arn})`}`;
  if (effect === "explicit deny") return `statement "${statement ?? "?"}" of ${source} denies it`;
  if (effect === "allow")
    return statement === undefined ? `${source} allows it` : `statement "${statement}" of ${source} allows it`;
  return `no ${type} allows it`;
}

function considered(all: readonly Considered[]): string[] {
  if (all.length === 0) return ["  no policy speaks of this action"];
  const policies = new Map<string, Considered[]>();
  for (const one of all) {
    const title = `${one.type}: ${one.policy}`;
    policies.set(title, [...(policies.get(title) ?? []), one]);
  }
  return [...policies].flatMap(([title, statements]) => [
    `  ${title}`,
    ...statements.flatMap((one) => [
      `    ${one.applies ? "+" : "-"} ${one.effect} "${one.statement}"${missing(one)}`,
      ...one.conditions.map(
        ({ operator, key, values, saw, holds }) =>
          `        ${holds ? "holds" : "fails"}: ${operator} ${key} ${JSON.stringify(values)}, saw ${saw === null ? "nothing" : JSON.stringify(saw)}`,
      ),
    ]),
  ]);
}

function missing({ applies, principal, resource }: Considered): string {
  if (applies) return "";
  if (!principal) return ": does not name the caller";
  return resource ? ": a condition fails" : ": not about this resource";
}

function wouldAllow({ allowed, wouldAllow: steps }: ExplainedDecision): string[] {
  if (allowed) return [];
  if (!steps) return ["No change of a policy would allow it: AWS does not have this operation across accounts."];
  if (steps.length === 0) return ["Nothing is missing on this side."];
  return [
    steps.length === 1 ? "This would allow it:" : "These together would allow it:",
    ...steps.flatMap(remedyLines),
  ];
}

function remedyLines({ type, change, policy, statement, add, instead = [] }: Remedy): string[] {
  if (change === "remove")
    return [`  in the ${type} ${policy ?? ""}: take out or narrow the statement "${statement ?? "?"}"`];
  return [
    `  in ${type.startsWith("identity") ? "an" : "a"} ${type}, the statement ${JSON.stringify(add)}`,
    ...instead.map(
      (one) => `    or a call that meets "${one.statement}" of ${one.policy}: ${one.conditions.join(", ")}`,
    ),
  ];
}

/** Values came from callers: nothing of them reaches the terminal as an order. */
const printable = (line: string): string =>
  line.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "·");
