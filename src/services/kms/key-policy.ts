import { partitionOf } from "../../arn.ts";
import { AwsError, refuse } from "../../errors.ts";
import type { SavedPolicy } from "../../identity/entities.ts";
import { questionOf } from "../../identity/question.ts";
import { meaningOf } from "../../identity/saved-principals.ts";
import type { Call } from "../../operation.ts";
import { type CompiledPolicy, compilePolicy, PolicyGrammarError } from "../../policy/compile.ts";
import { decide } from "../../policy/decide.ts";

/** kms.md, section 4: printable ASCII and Latin-1, at most 32 KiB. */
const policyMostBytes = 32_768;

/** The default policy of the API: one statement that gives the account. Spelled as AWS answers it. */
export const defaultPolicy = (account: string, region: string): string =>
  JSON.stringify(
    {
      Version: "2012-10-17",
      Id: "key-default-1",
      Statement: [
        {
          Sid: "Enable IAM User Permissions",
          Effect: "Allow",
          Principal: { AWS: `arn:${partitionOf(region)}:iam::${account}:root` },
          Action: "kms:*",
          Resource: "*",
        },
      ],
    },
    null,
    2,
  ).replaceAll('": ', '" : ');

const malformed = (message: string): never => refuse("MalformedPolicyDocumentException", message);

/**
 * Checks a policy that somebody wants to give a key, and notes what its principals mean today. Throws
 * MalformedPolicyDocumentException, LimitExceededException.
 */
export function acceptPolicy(
  text: string,
  key: { arn: string; account: string },
  bypassLockoutCheck: boolean,
  call: Call,
): SavedPolicy {
  if (Buffer.byteLength(text) > policyMostBytes)
    refuse(
      "LimitExceededException",
      `The policy size of ${Buffer.byteLength(text)} bytes exceeds the limit of ${policyMostBytes} bytes.`,
    );
  const compiled = compileWritten(text);
  refuseOverlyPermissive(compiled);
  const principals = savedPrincipals(compiled, call);
  const policy = compilePolicy(text, "key", principals);
  if (!bypassLockoutCheck && !canPutAgain(policy, key, call))
    malformed("The new key policy will not allow you to update the key policy in the future.");
  return { text, principals };
}

function compileWritten(text: string): CompiledPolicy {
  try {
    return compilePolicy(text, "key");
  } catch (error) {
    if (error instanceof PolicyGrammarError)
      throw new AwsError("MalformedPolicyDocumentException", `The policy is malformed: ${error.message}.`);
    throw error;
  }
}

/** ForAllValues is true for a missing key: with Allow it opens what its author meant to close (kms.md, section 4). */
function refuseOverlyPermissive({ written }: CompiledPolicy): void {
  for (const { Effect, Condition } of written)
    for (const { operator, key } of Condition)
      if (
        Effect === "Allow" &&
        /^forallvalues:/i.test(operator) &&
        /^(kms:encryptioncontext(:|keys)|aws:requesttag\/)/i.test(key)
      )
        malformed(
          `OverlyPermissiveCondition: Using ForAllValues with ${key} in an Allow statement matches requests that do not have it.`,
        );
}

const invalidPrincipals = (): never => malformed("Policy contains a statement with one or more invalid principals.");

/** Users and roles that are named must exist; what they are today is what the policy means. */
function savedPrincipals({ principals }: CompiledPolicy, call: Call): Record<string, string> {
  const saved: Record<string, string> = {};
  for (const { type, name } of principals) {
    if (type === "Service") {
      if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name)) invalidPrincipals();
      continue;
    }
    if (type !== "AWS") invalidPrincipals();
    const meaning = meaningOf(name, call) || invalidPrincipals();
    if (meaning.uniqueId !== undefined) saved[name] = meaning.uniqueId;
  }
  return saved;
}

/** The lockout check: with the new policy, could this caller put another one? */
function canPutAgain(policy: CompiledPolicy, { arn, account }: { arn: string; account: string }, call: Call): boolean {
  const ask = {
    action: "kms:PutKeyPolicy",
    resource: arn,
    resourceAccount: account,
    trust: "key",
    resourcePolicy: { name: "key policy", policy },
    context: new Map(),
  } as const;
  return decide(questionOf(ask, call, "kms")).allowed;
}
