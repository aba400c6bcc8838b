import { AwsError, refuse } from "../../errors.ts";

/** Refusals that EC2's operations have in common, in its own codes and words. */
export const invalidValue = (message: string): never => refuse("InvalidParameterValue", message);

export const invalidCombination = (message: string): never => refuse("InvalidParameterCombination", message);

export const missingParameter = (name: string): never =>
  refuse("MissingParameter", `The request must contain the parameter ${name}`);

/** Always an exception: this one when the call would have been allowed. */
export function endDryRun(dryRun: boolean | undefined): void {
  if (dryRun === true)
    throw new AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
}
