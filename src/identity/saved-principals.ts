import { type Arn, parseArn } from "../arn.ts";
import { reference } from "../store/store.ts";
import type { Reading } from "./authority.ts";
import { entityId, type Role, type SavedPolicy, type UniqueId, type User } from "./entities.ts";

/** What a policy that names a principal means by it; `undefined` where the name means itself (accounts, sessions). */
export type Meaning = { readonly uniqueId: string | undefined };

const uniqueIdPattern = /^A(ID|RO)A[A-Z0-9]{12,}$/;

/**
 * What the name of an AWS principal means today: users and roles that are named must exist, and what is saved is
 * which one it is. False: the name means nobody (iam.md, section 1.2).
 */
export function meaningOf(name: string, { entities, used }: Reading): Meaning | false {
  if (name === "*" || /^\d{12}$/.test(name)) return { uniqueId: undefined };
  if (uniqueIdPattern.test(name)) {
    used.push(reference.row("unique-id", name));
    return entities.get<UniqueId>("unique-id", name) ? { uniqueId: undefined } : false;
  }
  const arn = parseArn(name);
  if (!arn || !/^\d{12}$/.test(arn.account) || arn.region !== "" || /[*?]/.test(name)) return false;
  if (arn.service === "sts") return sessionMeaning(arn, { entities, used });
  if (arn.service !== "iam") return false;
  if (arn.resource === "root") return { uniqueId: undefined };
  const [, kind = "", entityName = ""] = /^(user|role)\/(?:.*\/)?([^/]+)$/.exec(arn.resource) ?? [];
  if (kind === "") return false;
  const id = entityId(arn.account, entityName);
  used.push(reference.row(kind, id));
  const entity = entities.get<User | Role>(kind, id);
  return entity?.content.arn === name && { uniqueId: entity.content.uniqueId };
}

/** A session of a role that exists is that role's, `AROA…:session`, and of no successor's. */
function sessionMeaning({ account, resource }: Arn, { entities, used }: Reading): Meaning | false {
  if (/^federated-user\/[^/]+$/.test(resource)) return { uniqueId: undefined };
  const [, roleName = "", session = ""] = /^assumed-role\/([^/]+)\/([^/]+)$/.exec(resource) ?? [];
  if (roleName === "") return false;
  const id = entityId(account, roleName);
  used.push(reference.row("role", id));
  const role = entities.get<Role>("role", id);
  return { uniqueId: role?.content.name === roleName ? `${role.content.uniqueId}:${session}` : undefined };
}

/**
 * The document as it reads now: a principal that was deleted, or deleted and made again, shows as its unique id; one
 * that was renamed as its new ARN; a unique id as the ARN of whom it stands for. Conditions are left as they are.
 */
export function readBack({ text, principals = {} }: SavedPolicy, { entities, used }: Reading): string {
  let changed = false;
  const shown = (name: unknown): unknown => {
    const id = typeof name !== "string" ? "" : uniqueIdPattern.test(name) ? name : (principals[name] ?? "");
    if (id === "") return name;
    const [entityOf = id, session] = id.split(":", 2);
    used.push(reference.row("unique-id", entityOf));
    const arn = entities.get<UniqueId>("unique-id", entityOf)?.content.arn;
    const now = (session === undefined ? arn : arn && name) ?? id;
    changed ||= now !== name;
    return now;
  };
  const document = JSON.parse(text) as { Statement: Written | Written[] };
  for (const statement of [document.Statement].flat())
    for (const member of ["Principal", "NotPrincipal"] as const) {
      const named = statement[member];
      if (typeof named !== "object") continue;
      const { AWS } = named;
      if (AWS !== undefined) named.AWS = Array.isArray(AWS) ? AWS.map(shown) : shown(AWS);
    }
  if (!changed) return text;
  return text.includes("\n") ? JSON.stringify(document, null, 2) : JSON.stringify(document);
}

interface Written {
  Principal?: string | { AWS?: unknown };
  NotPrincipal?: string | { AWS?: unknown };
}
