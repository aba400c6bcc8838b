import { authorityOf, type Reading } from "../../../identity/authority.ts";
import type { Account, Role, Tag, User } from "../../../identity/entities.ts";
import { entityId } from "../../../identity/entities.ts";
import { compilePolicy } from "../../../policy/compile.ts";
import type { Authority, PrincipalFacts } from "../../../policy/decision.ts";
import type { NamedPrincipal } from "../../../policy/principals.ts";
import { parseArn } from "../../../arn.ts";
import type { Entity } from "../../../store/entities.ts";

/** Somebody who may be allowed something, with all that is known before a call. */
export interface KnownPrincipal {
  /** As people name it; "*" stands for everybody. */
  readonly name: string;
  readonly facts: PrincipalFacts;
  readonly authority: Authority;
  /** Undefined where a session may bring others. */
  readonly tags: readonly Tag[] | undefined;
}

const rows = 500;

/** Sessions whose own policies are not known may have any. */
const anything: Authority = {
  identity: [
    {
      name: "its own policies",
      policy: compilePolicy('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', "identity"),
    },
  ],
};

/** Every account that is known here: those with a row, and those given. */
export function knownAccounts(reading: Reading, more: readonly string[]): string[] {
  const found = new Set(more.filter((account) => /^\d{12}$/.test(account)));
  for (const { content } of all<Account>(reading, "account", "")) found.add(content.id);
  return [...found].toSorted((a, b) => (a < b ? -1 : 1));
}

function* all<T>({ entities }: Reading, kind: string, scope: string): Generator<Entity<T>> {
  for (let after = ""; ; ) {
    const page = entities.listByScope<T>(kind, scope, { after, limit: rows });
    yield* page;
    if (page.length < rows) return;
    after = page.at(-1)!.row.id;
  }
}

/** The root user, users and roles of an account. */
export function* principalsOf(account: string, reading: Reading): Generator<KnownPrincipal> {
  yield rootOf(account);
  for (const user of all<User>(reading, "user", account)) yield userOf(user, reading);
  for (const role of all<Role>(reading, "role", account)) yield roleOf(role, undefined, reading);
}

export function rootOf(account: string): KnownPrincipal {
  const arn = account === "" ? "*" : `arn:aws:iam::${account}:root`;
  const facts: PrincipalFacts = { kind: "root", account, arn, principalArn: arn, uniqueId: account, userId: account };
  return { name: arn, facts, authority: { identity: [] }, tags: [] };
}

export function userOf(user: Entity<User>, reading: Reading): KnownPrincipal {
  const { account, arn, uniqueId, tags } = user.content;
  const facts: PrincipalFacts = { kind: "user", account, arn, principalArn: arn, uniqueId, userId: uniqueId };
  return { name: arn, facts, authority: authorityOf(user, reading), tags };
}

/** Whoever the user, or root, may federate: the same policies within any session's, under any name and with any tags. */
export function federatedBy({ name, facts, authority }: KnownPrincipal): KnownPrincipal {
  const arn = `arn:aws:sts::${facts.account}:federated-user/*`;
  return {
    name: `federated users of ${name}`,
    facts: { ...facts, kind: "federated-user", arn, principalArn: arn, userId: "" },
    authority: { ...authority, session: anything.identity },
    tags: undefined,
  };
}

/** A role stands for its sessions: with a name that a policy or a grant gives, else with any other. */
export function roleOf(role: Entity<Role>, session: string | undefined, reading: Reading): KnownPrincipal {
  const { account, arn, name, uniqueId } = role.content;
  const own = session === undefined ? arn : `arn:aws:sts::${account}:assumed-role/${name}/${session}`;
  const userId = `${uniqueId}:${session ?? ""}`;
  const facts: PrincipalFacts = { kind: "role-session", account, arn: own, principalArn: arn, uniqueId, userId };
  return { name: own, facts, authority: authorityOf(role, reading), tags: undefined };
}

/** What a policy or a grant names beside users, roles and accounts: sessions, services, everybody. */
export function namedSpecially({ type, name }: NamedPrincipal, reading: Reading): KnownPrincipal | undefined {
  if (type === "Service") {
    const facts: PrincipalFacts = {
      kind: "service",
      account: "",
      arn: name,
      principalArn: name,
      uniqueId: name,
      service: name,
    };
    return { name, facts, authority: { identity: [] }, tags: [] };
  }
  if (name === "*") return rootOf("");
  const [, account = "", roleName = "", session = ""] =
    /^arn:[^:]+:sts::(\d{12}):assumed-role\/([^/]+)\/([^/]+)$/.exec(name) ?? [];
  if (roleName !== "") {
    const role = reading.entities.get<Role>("role", entityId(account, roleName));
    return role && roleOf(role, session, reading);
  }
  const arn = parseArn(name);
  if (arn?.service !== "sts" || !arn.resource.startsWith("federated-user/")) return undefined;
  const userId = `${arn.account}:${arn.resource.slice("federated-user/".length)}`;
  const facts: PrincipalFacts = {
    kind: "federated-user",
    account: arn.account,
    arn: name,
    principalArn: name,
    uniqueId: "",
    userId,
  };
  return { name, facts, authority: anything, tags: undefined };
}
