import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import type { Key } from "../entities.ts";
import { type KeyStore, storeRowId } from "./entities.ts";

/** Custom key stores of an account in a Region (kms.md, section 13). */
export const storesMost = 10;

/** Throws CustomKeyStoreNotFoundException. */
export function findStore(id: string, call: Call): Entity<KeyStore> {
  return readStore(call.caller.facts.account, id, call) ?? unknownStore(`id '${id}'`);
}

export function unknownStore(named: string): never {
  return refuse("CustomKeyStoreNotFoundException", `Custom key store with ${named} does not exist.`);
}

function readStore(account: string, id: string, call: Call): Entity<KeyStore> | undefined {
  const row = storeRowId(account, call.region, id);
  call.used.push(reference.row("key-store", row));
  return call.entities.get<KeyStore>("key-store", row);
}

/** The store that a key's material is in; undefined for keys of every other origin. */
export function storeOf(key: Key, call: Call): Entity<KeyStore> | undefined {
  return key.customKeyStoreId === undefined ? undefined : readStore(key.account, key.customKeyStoreId, call);
}

/** All stores of the caller's account in the Region, by id. */
export function ownStores(call: Call): Entity<KeyStore>[] {
  const scope = `${call.caller.facts.account}/${call.region}`;
  call.used.push(reference.byScope("key-store", scope));
  return call.entities.listByScope<KeyStore>("key-store", scope, { after: "", limit: storesMost + 1 });
}

/** While its store is not connected a key is Unavailable; what was set meanwhile shows when it is available again. */
export function stateIn(store: Entity<KeyStore> | undefined, key: Key): Key["state"] {
  const settled = key.state === "Enabled" || key.state === "Disabled";
  return store && settled && store.content.state !== "CONNECTED" ? "Unavailable" : key.state;
}

/** Throws CustomKeyStoreInvalidStateException. */
export function checkConnected({ content }: Entity<KeyStore>): void {
  if (content.state !== "CONNECTED")
    refuse(
      "CustomKeyStoreInvalidStateException",
      `Custom key store ${content.id} must be connected. Its connection state is ${content.state}.`,
    );
}
