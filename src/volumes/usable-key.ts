import { regionalArn } from "../arn.ts";
import { AwsError, refuse } from "../errors.ts";
import type { Call } from "../operation.ts";
import { forwarders, voiceOf } from "./kms-voice.ts";

/** A key as EBS looks at it before it uses it. */
export interface UsableKey {
  readonly arn: string;
  /** The account's AWS managed key for EBS: what is encrypted under it cannot be shared. */
  readonly isDefault: boolean;
}

/** How EC2 says why a key is of no use; any other state is "invalid". */
const states: Readonly<Record<string, string>> = {
  Disabled: "disabled",
  PendingDeletion: "pending deletion",
  PendingImport: "pending import",
};

/**
 * Describes the key on the caller's way: a key id, an alias, or the ARN of either. Throws EC2's errors for what is no
 * symmetric, enabled encryption key (flows.md, section 1.1) and for what the caller may not describe.
 */
export async function usableKey(keyId: string, call: Call): Promise<UsableKey> {
  const describe = voiceOf(call, forwarders.frontend());
  const { KeyMetadata } = await describe("DescribeKey", { KeyId: keyId }).catch((error: unknown) => {
    if (!(error instanceof AwsError) || error.status >= 500) throw error;
    if (error.code === "AccessDeniedException")
      return refuse("AuthFailure", `Not authorized to use key ${arnOf(keyId, call)} `, 403);
    return unusable(keyId, "invalid");
  });
  const key = KeyMetadata as { Arn: string; KeySpec: string; KeyUsage: string; KeyState: string; KeyManager: string };
  if (key.KeySpec !== "SYMMETRIC_DEFAULT" || key.KeyUsage !== "ENCRYPT_DECRYPT") return unusable(keyId, "invalid");
  if (key.KeyState !== "Enabled") return unusable(keyId, states[key.KeyState] ?? "invalid");
  return { arn: key.Arn, isDefault: key.KeyManager === "AWS" };
}

const unusable = (keyId: string, why: string): never =>
  refuse("InvalidParameterValue", `The specified keyId ${keyId.slice(0, 2048)} is ${why}`);

function arnOf(keyId: string, { caller, region }: Call): string {
  if (keyId.startsWith("arn:")) return keyId;
  return regionalArn("kms", region, caller.facts.account, keyId.startsWith("alias/") ? keyId : `key/${keyId}`);
}
