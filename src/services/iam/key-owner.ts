import { iamArn } from "../../arn.ts";
import { refuse } from "../../errors.ts";
import type { User } from "../../identity/entities.ts";
import type { Ask, Call } from "../../operation.ts";
import type { Entity } from "../../store/entities.ts";
import { askIam } from "./ask-iam.ts";
import { users } from "./entity-kinds.ts";
import { askEntity, findEntity, type Found, present } from "./find-entity.ts";

/** Whose credentials: a user that is named, or the caller, who may be root. */
export interface Owner {
  /** Undefined: root. */
  readonly found: Found<User> | undefined;
  readonly user: Entity<User> | undefined;
  /** The row that keys hang on; throws NoSuchEntity when there is no such user. */
  presentRowId(): string;
}

/** Without a name it is the caller. Throws ValidationError for a caller who is neither user nor root. */
export function findOwner(name: string | undefined, call: Call): Owner {
  const { kind, account, userName } = call.caller.facts;
  if (name === undefined && kind === "root")
    return { found: undefined, user: undefined, presentRowId: () => `${account}/` };
  const found = findEntity(users, name ?? ownName(kind, userName), call);
  return { found, user: found.entity, presentRowId: () => present(found).row.id };
}

function ownName(kind: string, userName: string | undefined): string {
  if (kind === "user" && userName !== undefined) return userName;
  return refuse("ValidationException", "Must specify userName when calling with non-User credentials");
}

export function askOwner(operation: string, { found }: Owner, call: Call): Ask {
  if (found) return askEntity(operation, found, call);
  return askIam(operation, call, iamArn(call.caller.facts.account, "root"));
}
