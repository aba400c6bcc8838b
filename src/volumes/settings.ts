import type { Call } from "../operation.ts";
import type { Change, Entity } from "../store/entities.ts";
import { reference } from "../store/store.ts";
import { type EbsSettings, regionScope } from "./entities.ts";

export const defaultKey = "alias/aws/ebs";

const unset: EbsSettings = { encryptByDefault: false, publicAccess: "unblocked" };

const here = (call: Call) => ({ account: call.caller.facts.account, region: call.region });

/** What the caller's account chose in this Region. */
export function settingsOf(call: Call): EbsSettings {
  return readSettings(call)?.content ?? unset;
}

export function withSettings(call: Call, change: (before: EbsSettings) => EbsSettings): Change {
  const stored = readSettings(call);
  if (stored) return call.entities.put(stored, change(stored.content));
  return call.entities.create("ebs-settings", regionScope(here(call)), change(unset), { scope: "" });
}

function readSettings(call: Call): Entity<EbsSettings> | undefined {
  const id = regionScope(here(call));
  call.used.push(reference.row("ebs-settings", id));
  return call.entities.get<EbsSettings>("ebs-settings", id);
}
