import { deflateRawSync } from "node:zlib";
import { parseArn } from "../../arn.ts";
import { AwsError, refuse } from "../../errors.ts";
import { awsManagedSource } from "../../identity/aws-managed.ts";
import type { SessionClaims } from "../../identity/session-token.ts";
import type { Tag } from "../../identity/entities.ts";
import type { Call } from "../../operation.ts";
import { compilePolicy } from "../../policy/compile.ts";
import { reference } from "../../store/store.ts";

/** What limits a session from the start. */
export interface PolicyInput {
  readonly Policy?: string;
  readonly PolicyArns?: readonly { readonly arn?: string }[];
}

/** Characters of the document and the ARNs together, and bytes of what is packed (iam.md, section 5). */
const plainMost = 2048;
const packedMostBytes = 2048;
const policiesMost = 10;

/** The session policies as claims; absent when the session is not limited. `account`: whose managed policies may be named. */
export function policyClaims(
  { Policy, PolicyArns = [] }: PolicyInput,
  account: string,
  call: Call,
): Pick<SessionClaims, "policies"> {
  if (Policy === undefined && PolicyArns.length === 0) return {};
  const arns = PolicyArns.map(({ arn = "" }) => arn);
  if (arns.length > policiesMost)
    refuse("ValidationException", `Cannot exceed quota for PolicyArns: ${policiesMost} managed session policies`);
  if ([Policy ?? "", ...arns].join("").length > plainMost)
    refuse("PackedPolicyTooLarge", `Session policies may not be longer than ${plainMost} characters together.`);
  for (const arn of arns) checkManaged(arn, account, call);
  if (Policy !== undefined) checkDocument(Policy);
  return { policies: { texts: Policy === undefined ? [] : [Policy], arns } };
}

function checkDocument(text: string): void {
  try {
    compilePolicy(text, "session");
  } catch {
    throw new AwsError("MalformedPolicyDocument", "This policy contains invalid Json");
  }
}

/** A managed policy of AWS, or one of the session's own account. */
function checkManaged(arn: string, account: string, call: Call): void {
  if (awsManagedSource(arn)) return;
  call.used.push(reference.row("policy", arn));
  if (parseArn(arn)?.account !== account || !call.entities.get("policy", arn))
    refuse("ValidationException", `Specified managed policy does not exist or is not of this account: ${arn}`);
}

/**
 * How much of the room for policies and tags the session takes, in percent, rounded up; absent when it takes none.
 * Differs: AWS packs in a format of its own, so that the numbers differ.
 */
export function packedPolicySize(
  { policies }: Pick<SessionClaims, "policies">,
  tags: readonly Tag[],
): { PackedPolicySize?: number } {
  if (!policies && tags.length === 0) return {};
  const packed = deflateRawSync(JSON.stringify([policies?.texts, policies?.arns, tags.map(Object.values)])).length;
  const percent = Math.ceil((packed * 100) / packedMostBytes);
  if (percent > 100)
    refuse(
      "PackedPolicyTooLarge",
      policies
        ? `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`
        : `Packed size of session tags consumes ${percent}% of allotted space.`,
    );
  return { PackedPolicySize: percent };
}
