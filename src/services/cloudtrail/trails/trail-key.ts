import { parseArn, regionalArn } from "../../../arn.ts";
import type { AccountTrail } from "../../../deliveries/entities.ts";
import { AwsError, refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";

/**
 * The ARN of the key that log files are to be encrypted with, once KMS gives CloudTrail a data key for this trail.
 * Throws InvalidKmsKeyIdException, KmsKeyNotFoundException, KmsKeyDisabledException, KmsException,
 * InsufficientEncryptionPolicyException.
 */
export async function trailKey(
  keyId: string,
  trail: Pick<AccountTrail, "arn" | "account" | "bucket">,
  call: Call,
): Promise<string> {
  const { arn, account, bucket } = trail;
  const named = namedKey(keyId, call);
  try {
    const made = await call.forward({
      by: { name: "cloudtrail" },
      onBehalfOf: { arn, account },
      service: "kms",
      operation: "GenerateDataKey",
      input: { KeyId: named, KeySpec: "AES_256", EncryptionContext: { "aws:cloudtrail:arn": arn } },
    });
    (made.Plaintext as Buffer).fill(0);
    return String(made.KeyId);
  } catch (error) {
    if (!(error instanceof AwsError) || error.status >= 500) throw error;
    return refuseKey(error, named, bucket);
  }
}

/** Key id, alias, or the ARN of either; one of the trail's own Region. */
function namedKey(keyId: string, call: Call): string {
  const { account } = call.caller.facts;
  const invalid = (): never =>
    refuse("InvalidKmsKeyIdException", `The KMS key ID ${keyId.slice(0, 256)} is not valid.`);
  if (keyId.length > 2048) invalid();
  const own = (resource: string) => regionalArn("kms", call.region, account, resource);
  if (/^alias\/[A-Za-z0-9/_-]+$/.test(keyId)) return own(keyId);
  if (/^[A-Za-z0-9-]+$/.test(keyId)) return own(`key/${keyId}`);
  const arn = parseArn(keyId);
  if (arn?.service !== "kms" || !/^(key|alias)\/[A-Za-z0-9/_-]+$/.test(arn.resource)) return invalid();
  if (arn.region !== call.region)
    refuse("KmsKeyNotFoundException", `The KMS key ${keyId} is not in the same Region as the S3 bucket.`);
  return keyId;
}

function refuseKey({ code, message }: AwsError, key: string, bucket: string): never {
  if (code === "NotFoundException") refuse("KmsKeyNotFoundException", `The KMS key ${key} was not found.`);
  if (code === "DisabledException") refuse("KmsKeyDisabledException", `The KMS key ${key} is disabled.`);
  if (code === "AccessDeniedException")
    refuse(
      "InsufficientEncryptionPolicyException",
      `Insufficient permissions to access S3 bucket ${bucket} or KMS key ${key}.`,
    );
  return refuse("KmsException", message);
}
