import type { Call } from "../operation.ts";
import { reference } from "../store/store.ts";
import { type EbsSettings, regionScope, type Snapshot } from "./entities.ts";

/** Whom a public snapshot is shared with. */
export const everybody = "all";

/** Own, shared with the caller's account, or public where its owner's account does not block that. */
export const visibleSnapshot = (snapshot: Snapshot, call: Call): boolean =>
  sharedWith(call.caller.facts.account, snapshot, call);

export function sharedWith(account: string, snapshot: Snapshot, call: Pick<Call, "entities" | "used">): boolean {
  if (snapshot.account === account || snapshot.sharedWith.includes(account)) return true;
  return snapshot.sharedWith.includes(everybody) && publicSharingOf(snapshot, call) !== "block-all-sharing";
}

/** What the account says of public sharing in the Region. */
export function publicSharingOf(
  place: { readonly account: string; readonly region: string },
  { entities, used }: Pick<Call, "entities" | "used">,
): EbsSettings["publicAccess"] {
  const id = regionScope(place);
  used.push(reference.row("ebs-settings", id));
  return entities.get<EbsSettings>("ebs-settings", id)?.content.publicAccess ?? "unblocked";
}
