import type { SavedPolicy } from "../../identity/entities.ts";
import { meaningOf, readBack } from "../../identity/saved-principals.ts";
import type { Call } from "../../operation.ts";
import { compilePolicy, type CompiledPolicy, PolicyGrammarError } from "../../policy/compile.ts";
import { overLimit } from "./find-entity.ts";
import { encodedDocument, malformed, policySize, statementsOf } from "./policy-document.ts";

const trustMost = 2048;

const members = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"];

/**
 * Checks a role's trust policy and notes what its principals mean today. Throws MalformedPolicyDocument in AWS's
 * words, LimitExceeded.
 */
export function acceptTrust(text: string, call: Call): SavedPolicy {
  for (const statement of statementsOf(text, "This policy contains invalid Json")) {
    for (const member of ["Resource", "NotResource"])
      if (member in statement) malformed(`Has prohibited field ${member}`);
    for (const member of Object.keys(statement))
      if (!members.includes(member)) malformed(`Unknown field ${member.slice(0, 64)}`);
    for (const member of ["Effect", "Principal", "Action"])
      if (!(member in statement) && !(`Not${member}` in statement)) malformed(`Missing required field ${member}`);
  }
  const compiled = compiledTrust(text);
  for (const { Action = [], NotAction } of compiled.written)
    if (NotAction || Action.some((action) => !/^sts:/i.test(action)))
      malformed("AssumeRole policy may only specify STS AssumeRole actions.");
  const principals = savedPrincipals(compiled, call);
  if (policySize(text) > trustMost) overLimit(`Cannot exceed quota for ACLSizePerRole: ${trustMost}`);
  return { text, principals };
}

function compiledTrust(text: string): CompiledPolicy {
  try {
    return compilePolicy(text, "trust");
  } catch (error) {
    if (error instanceof PolicyGrammarError) return malformed("Syntax errors in policy.");
    throw error;
  }
}

const federated = /^(arn:aws[a-z-]*:iam::\d{12}:(oidc-provider|saml-provider)\/.{1,512}|[a-z0-9-]+(\.[a-z0-9-]+)+)$/;

function savedPrincipals({ principals }: CompiledPolicy, call: Call): Record<string, string> {
  const saved: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const { type, name } of principals) {
    if (type === "Service" && /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name)) continue;
    if (type === "Federated" && federated.test(name)) continue;
    const meaning = type === "AWS" && meaningOf(name, call);
    if (!meaning) {
      const shown = type === "AWS" ? type : type.toUpperCase();
      return malformed(`Invalid principal in policy: "${shown}":"${name}"`);
    }
    if (meaning.uniqueId !== undefined) saved[name] = meaning.uniqueId;
  }
  return saved;
}

/** The trust policy as it reads now, escaped as answers carry it. */
export const shownTrust = (trust: SavedPolicy, call: Call): string => encodedDocument(readBack(trust, call));
