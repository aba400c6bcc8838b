import { AwsError } from "../../errors.ts";

/** EBS direct says why in a member of its own (flows.md, section 2.2). */
export function refuseEbs(code: string, message: string, reason: string): never {
  throw new AwsError(code, message, statusOf[code] ?? 400, { Reason: reason });
}

const statusOf: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
  ConflictException: 409,
};

export const invalid = (message: string, reason: string): never => refuseEbs("ValidationException", message, reason);

export const noSuchSnapshot = (snapshotId: string): never =>
  refuseEbs("ResourceNotFoundException", `The snapshot '${snapshotId}' does not exist.`, "SNAPSHOT_NOT_FOUND");

/** What KMS refused, in EBS's words; anything that is no refusal is thrown on. */
export function refuseDependency(error: unknown, message: string): never {
  if (!(error instanceof AwsError) || error.status >= 500) throw error;
  return refuseEbs("ResourceNotFoundException", message, "DEPENDENCY_RESOURCE_NOT_FOUND");
}
