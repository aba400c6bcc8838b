import { compilePolicy } from "./compile.ts";
import { decide } from "./decide.ts";
import type { Decision, Question } from "./decision.ts";

/** How the denial is to be phrased: see Ask in operation.ts. */
export interface Phrasing {
  readonly phrase?: string;
  readonly hidesExistence?: boolean;
}

const hidden =
  "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based " +
  "policy explicitly denies access";

/** AWS's sentence (iam.md, section 2). Across accounts the resource's side never tells which of its reasons it was. */
export function denialMessage(question: Question, decision: Decision, { phrase, hidesExistence }: Phrasing): string {
  const { caller, action, resource, resourceAccount } = question;
  // AWS tells nothing more to whoever comes with a token.
  if (caller.kind === "web-identity") return `Not authorized to perform ${action}`;
  const { effect, type, arn } = decision.because;
  const across = caller.account !== resourceAccount && hidesExistence === true;
  const where = phrase ?? (across ? "on this resource" : `on resource: ${resource}`);
  const start = `User: ${caller.arn} is not authorized to perform: ${action} ${where}`;
  // A resource control policy is told within its organization alone: its ARN is known there.
  const hides = type === "resource-based policy" || (type === "resource control policy" && arn === undefined);
  if (across && (hides || !resourceAllows(question))) return `${start} ${hidden}`;
  // Most AssumeRole denials carry no reason.
  if (type === "role trust policy") return start;
  if (effect === "explicit deny") {
    const article = type === "identity-based policy" ? "an" : "a";
    const policy = arn !== undefined && type !== "resource-based policy" ? `: ${arn}` : "";
    return `${start} with an explicit deny in ${article} ${type}${policy}`;
  }
  return `${start} because no ${type} allows the ${action} action`;
}

const anything = {
  name: "anything",
  policy: compilePolicy('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', "identity"),
};

/**
 * Whether nothing but the caller's side stands in the way. Where the resource says no anyway, the caller's own policies
 * would otherwise tell what it is like: a Deny on a foreign key's tag is a question.
 */
const resourceAllows = (question: Question): boolean =>
  decide({ ...question, authority: { identity: [anything] } }).allowed;
