import { refuse } from "../../errors.ts";

/** Always an exception: this one when the call would have passed (kms.md, section 16). */
export function endDryRun(dryRun: boolean | undefined): void {
  if (dryRun === true)
    refuse("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
}
