import { AwsError, refuse } from "../../errors.ts";
import type { ControlType } from "../../identity/organization.ts";
import { compilePolicy, PolicyGrammarError } from "../../policy/compile.ts";

/** Characters of a policy's text, per type (AWS Organizations quotas). */
const longest: Readonly<Record<ControlType, number>> = {
  SERVICE_CONTROL_POLICY: 10_240,
  RESOURCE_CONTROL_POLICY: 5120,
};

const malformed = (reason: string): AwsError =>
  new AwsError(
    "MalformedPolicyDocumentException",
    `The provided policy document does not meet the requirements of the specified policy type: ${reason}.`,
  );

/** Throws MalformedPolicyDocumentException, ConstraintViolationException. */
export function checkDocument(text: string, type: ControlType): void {
  if (text.length > longest[type]) refuse("ConstraintViolationException", "You have exceeded the maximum policy size.");
  try {
    const { written } = compilePolicy(text, type === "SERVICE_CONTROL_POLICY" ? "identity" : "resource");
    if (type === "SERVICE_CONTROL_POLICY") return;
    // AWS's own policy allows everything: what a customer's says is what is denied.
    for (const { Effect, Principal, NotAction } of written) {
      const everybody = Principal === "*" || (typeof Principal === "object" && Principal.AWS?.includes("*"));
      if (Effect !== "Deny") throw malformed('Effect is "Deny" in a resource control policy');
      if (!everybody) throw malformed('Principal is "*" in a resource control policy');
      if (NotAction) throw malformed("there is no NotAction in a resource control policy");
    }
  } catch (error) {
    throw error instanceof PolicyGrammarError ? malformed(error.message) : error;
  }
}
