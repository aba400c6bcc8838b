import { refuse } from "../../../errors.ts";
import { parseArn } from "../../../arn.ts";
import { entityId, type Role, type User } from "../../../identity/entities.ts";
import type { Call } from "../../../operation.ts";
import { type CompiledPolicy, principalsOf as namedIn } from "../../../policy/compile.ts";
import type { NamedPrincipal } from "../../../policy/principals.ts";
import type { Entity } from "../../../store/entities.ts";
import { keyPolicy } from "../ask-key.ts";
import { type Key, keyRowId } from "../entities.ts";
import { findKey } from "../find-key.ts";
import type { Grant } from "../grants/entities.ts";
import { type Access, accessOf } from "./key-access.ts";
import {
  federatedBy,
  knownAccounts,
  type KnownPrincipal,
  namedSpecially,
  principalsOf,
  roleOf,
  rootOf,
  userOf,
} from "./known-principals.ts";

/** Principals, or keys, that one answer goes through. */
const perAnswer = 500;

export interface AccessPage {
  readonly access: readonly Access[];
  /** Asked with it, the next answer goes on; absent at the end. */
  readonly next?: number;
}

/** Everybody known here who could use, administer or delegate the key. */
export function accessToKey(given: string, start: number, call: Call): AccessPage {
  const found = findKey(given, call, { aliases: true });
  if (!found.entity) return refuse("NotFoundException", `Key '${found.arn}' does not exist`, 404);
  return page(everybody(found.entity, call), start, (principal) => accessWithGuests(principal, found.entity!, call));
}

/** Those whom a user federates are listed for what they could do and the user could not. */
function accessWithGuests(principal: KnownPrincipal, key: Entity<Key>, call: Call): Access[] {
  const own = accessOf(principal, key, call);
  const listed = own ? [own] : [];
  const { kind, account } = principal.facts;
  if (account === "" || (kind !== "user" && kind !== "root")) return listed;
  const guests = accessOf(federatedBy(principal), key, call);
  const all = ({ use, administer, delegate }: Access) => [...use, ...administer, ...delegate];
  const known = new Set(own ? all(own) : []);
  return guests && all(guests).some((operation) => !known.has(operation)) ? [...listed, guests] : listed;
}

function* everybody(key: Entity<Key>, call: Call): Generator<KnownPrincipal> {
  const { policy } = keyPolicy(key);
  const named = [...namedIn(policy), ...grantees(key, call)];
  const accounts = [key.content.account, ...named.map(accountIn)];
  for (const account of knownAccounts(call, accounts)) yield* principalsOf(account, call);
  const special = new Map(named.map((one) => [one.name, one]));
  // An Allow to everybody but some is one to everybody.
  if (widelyOpen(policy)) special.set("*", { type: "AWS", name: "*" });
  for (const one of special.values()) {
    const principal = namedSpecially(one, call);
    if (principal) yield principal;
  }
}

const widelyOpen = ({ statements }: CompiledPolicy) =>
  statements.some(({ effect, notPrincipal }) => effect === "Allow" && notPrincipal !== undefined);

const accountIn = ({ name }: NamedPrincipal): string =>
  /^\d{12}$/.test(name) ? name : (parseArn(name)?.account ?? "");

const rows = 500;

/** Whom grants of the key name, each once. */
function grantees(key: Entity<Key>, call: Call): NamedPrincipal[] {
  const found = new Map<string, NamedPrincipal>();
  for (let after = ""; ; ) {
    const parent = keyRowId(key.content.region, key.content.keyId);
    const grants = call.entities.listByParent<Grant>("grant", parent, { after, limit: rows });
    for (const { grantee } of grants.map(({ content }) => content)) {
      const [type, name] =
        grantee.service === undefined ? ["AWS", grantee.principal ?? ""] : ["Service", grantee.service];
      found.set(name, { type, name });
    }
    if (grants.length < rows) return [...found.values()];
    after = grants.at(-1)!.row.id;
  }
}

function page<T>(items: Iterable<T>, start: number, accessOne: (item: T) => readonly Access[]): AccessPage {
  const access: Access[] = [];
  let at = 0;
  for (const item of items) {
    if (at >= start + perAnswer) return { access, next: at };
    if (at++ < start) continue;
    access.push(...accessOne(item));
  }
  return { access };
}

/** Every key known here with which the principal could do something, in the Region of the call. */
export function accessOfPrincipal(arn: string, start: number, call: Call): AccessPage {
  const principal =
    principalOf(arn, call) ?? refuse("NotFoundException", `There is no principal ${arn.slice(0, 256)} here.`, 404);
  return page(keysIn(call), start, (key) => [accessOf(principal, key, call)].filter((one) => one !== undefined));
}

export function principalOf(name: string, call: Call): KnownPrincipal | undefined {
  const arn = parseArn(name);
  if (arn?.service !== "iam") return namedSpecially({ type: arn ? "AWS" : "Service", name }, call);
  if (arn.resource === "root") return rootOf(arn.account);
  const kind = arn.resource.startsWith("role/") ? "role" : "user";
  const entity = call.entities.get<User | Role>(kind, entityId(arn.account, arn.resource.split("/").at(-1) ?? ""));
  if (entity?.content.arn !== name) return undefined;
  return kind === "role" ? roleOf(entity as Entity<Role>, undefined, call) : userOf(entity as Entity<User>, call);
}

function* keysIn(call: Call): Generator<Entity<Key>> {
  for (const account of knownAccounts(call, ["000000000000", call.caller.facts.account])) {
    const scope = `${account}/${call.region}`;
    for (let after = ""; ; ) {
      const keys = call.entities.listByScope<Key>("key", scope, { after, limit: rows });
      yield* keys;
      if (keys.length < rows) break;
      after = keys.at(-1)!.row.id;
    }
  }
}
