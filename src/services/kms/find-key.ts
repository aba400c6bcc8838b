import { iamArn, parseArn, regionalArn } from "../../arn.ts";
import { refuse } from "../../errors.ts";
import type { Call } from "../../operation.ts";
import type { Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { type Alias, aliasRowId, type Key, keyRowId } from "./entities.ts";
import { asOf } from "./key-rows.ts";
import type { KeyStore } from "./key-stores/entities.ts";
import { storeOf } from "./key-stores/find-store.ts";

/** A key as a call found it, and how the caller named it. */
export interface FoundKey {
  /** Undefined: there is no such key, and the account is another's, whose keys are not to be told from nothing. */
  readonly entity: Entity<Key> | undefined;
  readonly arn: string;
  readonly account: string;
  /** The custom key store that holds its material. */
  readonly store?: Entity<KeyStore> | undefined;
  /** `alias/x` when the request used an alias. */
  readonly alias?: string;
}

export type KnownKey = FoundKey & { readonly entity: Entity<Key> };

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const mrk = /^mrk-[0-9a-f]{32}$/;

export const keyArn = ({ region, account, keyId }: Pick<Key, "region" | "account" | "keyId">): string =>
  regionalArn("kms", region, account, `key/${keyId}`);
export const aliasArn = (region: string, account: string, name: string): string =>
  regionalArn("kms", region, account, name);
export const rootArn = (account: string): string => iamArn(account, "root");

/** Key id or key ARN; with `aliases`, an alias name or alias ARN too. Throws NotFoundException, InvalidArnException. */
export function findKey(given: string, call: Call, { aliases }: { aliases: boolean }): FoundKey {
  const account = call.caller.facts.account;
  if (given.startsWith("alias/")) return findAlias(given, account, call, aliases);
  if (!given.startsWith("arn:")) return byId(given, account, call);
  const arn = parseArn(given);
  if (arn?.service !== "kms" || !/^\d{12}$/.test(arn.account))
    return refuse("InvalidArnException", `Invalid arn ${given.slice(0, 256)}`);
  if (arn.region !== call.region) return refuse("NotFoundException", `Invalid arn ${arn.region}`);
  if (arn.resource.startsWith("alias/")) return findAlias(arn.resource, arn.account, call, aliases);
  if (!arn.resource.startsWith("key/")) return refuse("InvalidArnException", `Invalid arn ${given.slice(0, 256)}`);
  return byId(arn.resource.slice("key/".length), arn.account, call);
}

function byId(keyId: string, account: string, call: Call, alias?: string): FoundKey {
  if (!uuid.test(keyId) && !mrk.test(keyId))
    return refuse("NotFoundException", `Invalid keyId '${keyId.slice(0, 256)}'`);
  const entity = readKey(keyId, call);
  const arn = keyArn({ region: call.region, account, keyId });
  const found = { arn, account, ...(alias !== undefined && { alias }) };
  if (entity?.content.account === account) return { ...found, entity, store: storeOf(entity.content, call) };
  if (account === call.caller.facts.account) return refuse("NotFoundException", `Key '${arn}' does not exist`);
  return { ...found, entity: undefined };
}

/** The key of that id in the call's Region, whoever owns it. One whose deletion date has passed is gone already. */
export function readKey(keyId: string, call: Call, region: string = call.region): Entity<Key> | undefined {
  const id = keyRowId(region, keyId);
  call.used.push(reference.row("key", id));
  const entity = call.entities.get<Key>("key", id);
  const { deletionAt } = entity?.content ?? {};
  if (!entity || (deletionAt !== undefined && deletionAt <= call.now)) return undefined;
  return asOf(entity, call.now);
}

function findAlias(name: string, account: string, call: Call, allowed: boolean): FoundKey {
  if (!allowed) return refuse("NotFoundException", `Invalid keyId '${name.slice(0, 256)}'`);
  const alias = readAlias(name, account, call);
  if (alias) return byId(alias.content.targetKeyId, account, call, name);
  const arn = aliasArn(call.region, account, name);
  if (account === call.caller.facts.account) return refuse("NotFoundException", `Alias ${arn} is not found.`);
  return { arn, account, alias: name, entity: undefined };
}

export function readAlias(name: string, account: string, call: Call): Entity<Alias> | undefined {
  const id = aliasRowId(account, call.region, name);
  call.used.push(reference.row("alias", id));
  return call.entities.get<Alias>("alias", id);
}

/** After the decision: who is not allowed never learns that there is no such key. */
export function present(found: FoundKey): KnownKey {
  if (!found.entity) return refuse("NotFoundException", `Key '${found.arn}' does not exist`);
  return found as KnownKey;
}

/** Operations of the key's own account only (kms.md, section 1.1): other accounts are refused whatever policies say. */
export function ownKey(given: string, call: Call): KnownKey {
  const found = findKey(given, call, { aliases: false });
  if (found.account !== call.caller.facts.account) refuse("NotFoundException", `Key '${found.arn}' does not exist`);
  return present(found);
}
