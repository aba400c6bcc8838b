import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import { reference } from "../../../store/store.ts";
import { aliasRowId } from "../entities.ts";
import { predefinedAliases } from "../managed-keys.ts";

/** Resource quotas at AWS's defaults (kms.md, section 13). */
export const grantsMost = 50_000;
export const keysMost = 100_000;
export const aliasesMost = 50;

/** This close to a limit, what is made at the same moment excludes each other, so that the limit is exact. */
export const closeToLimit = 100;

/** Customer managed keys in an account and Region, in whatever state; counted, never listed. LimitExceededException. */
export function checkKeyLimit(account: string, region: string, call: Call): void {
  const scope = `${account}/${region}`;
  const count = call.entities.countByScope("key", scope);
  if (count < keysMost - closeToLimit) return;
  call.used.push(reference.byScope("key", scope));
  const managed = predefinedAliases.filter((name) => call.entities.get("alias", aliasRowId(account, region, name)));
  if (count - managed.length >= keysMost)
    refuse(
      "LimitExceededException",
      `The limit of ${keysMost} customer managed keys in account ${account} and Region ${region} has been reached.`,
    );
}
