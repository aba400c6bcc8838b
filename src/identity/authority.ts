import { compilePolicy, type PolicyKind } from "../policy/compile.ts";
import type { Authority, PolicySource } from "../policy/decision.ts";
import type { Entities, Entity } from "../store/entities.ts";
import { reference } from "../store/store.ts";
import { awsManagedSource } from "./aws-managed.ts";
import type { Group, ManagedPolicy, Role, User } from "./entities.ts";

/** Reads policies from the store and notes what it read. */
export interface Reading {
  readonly entities: Entities;
  readonly used: string[];
}

/** A document that does not compile any more allows nothing, and denies everything it may have denied. */
const unreadable = compilePolicy(
  '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}',
  "identity",
);

function compiled(text: string, kind: PolicyKind): PolicySource["policy"] {
  try {
    return compilePolicy(text, kind);
  } catch {
    return unreadable;
  }
}

/** The identity policies and the boundary of a user, role or group. */
export function authorityOf(entity: Entity<User | Role | Group>, reading: Reading): Authority {
  const { content } = entity;
  const identity = [
    ...inlineOf(entity, content.arn, content.inline),
    ...content.attached.flatMap((arn) => managed(arn, reading)),
  ];
  for (const name of "groups" in content ? content.groups : []) {
    const group = readRow<Group>("group", `${content.account}/${name}`, reading);
    if (!group) continue;
    identity.push(...inlineOf(group, group.content.arn, group.content.inline));
    identity.push(...group.content.attached.flatMap((arn) => managed(arn, reading)));
  }
  if (!("boundary" in content) || content.boundary === undefined) return { identity };
  // A boundary that is gone still bounds: nothing is inside it.
  const [boundary = { name: content.boundary, policy: unreadable }] = managed(content.boundary, reading);
  return { identity, boundary };
}

/** Session policies: inline documents and managed ones, any of which may allow. */
export function sessionPolicies(
  policies: { readonly texts: readonly string[]; readonly arns: readonly string[] },
  reading: Reading,
): PolicySource[] {
  const texts = policies.texts.map((text) => ({ name: "session policy", policy: compiled(text, "session") }));
  return [...texts, ...policies.arns.flatMap((arn) => managed(arn, reading))];
}

function inlineOf(entity: Entity<unknown>, arn: string, inline: Readonly<Record<string, string>>): PolicySource[] {
  return derived(entity, "inline", () =>
    Object.entries(inline).map(([name, text]) => ({
      name: `inline policy "${name}" of ${arn}`,
      policy: compiled(text, "identity"),
    })),
  );
}

function managed(arn: string, reading: Reading): readonly PolicySource[] {
  const own = awsManagedSource(arn);
  if (own) return own;
  const entity = readRow<ManagedPolicy>("policy", arn, reading);
  if (!entity) return [];
  return derived(entity, "managed", () => {
    const { versions, defaultVersion } = entity.content;
    const text = versions.find(({ id }) => id === defaultVersion)?.text ?? "";
    return [{ name: arn, arn, policy: compiled(text, "identity") }];
  });
}

function readRow<T>(kind: string, id: string, { entities, used }: Reading): Entity<T> | undefined {
  used.push(reference.row(kind, id));
  return entities.get<T>(kind, id);
}

/** Computed once for each version of a row that is in memory. */
export function derived<T>(entity: Entity<unknown>, name: string, make: () => T): T {
  if (!entity.derived.has(name)) entity.derived.set(name, make());
  return entity.derived.get(name) as T;
}
