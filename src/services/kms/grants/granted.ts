import type { Call } from "../../../operation.ts";
import type { GrantYes } from "../../../policy/decision.ts";
import { reference } from "../../../store/store.ts";
import type { Values } from "../ask-key.ts";
import type { Key } from "../entities.ts";
import type { Context } from "../use-key.ts";
import { type Constrained, placesFor, satisfies } from "./constraints.ts";
import { type Grant, type GrantIndex, granteeScope, readGrantRow, useScope } from "./entities.ts";
import { idsOf } from "./principals.ts";
import { lowerName } from "../../../policy/lower-name.ts";

const pageRows = 50;

/**
 * The grants that allow the caller this operation on this key: at most one for each way of naming the caller. Reads
 * only those that may concern the call. `fits` may ask for more (a grant to be made under it).
 */
export function grantsFor(
  operation: string,
  key: Key,
  call: Call,
  values: Values,
  fits: (grant: Grant) => boolean = () => true,
): GrantYes[] {
  const constrained = { context: givenContext(values), sourceArn: call.caller.facts.onBehalfOf?.arn };
  return idsOf(call.caller.facts).flatMap(({ id, match }) => {
    const grant = firstGrant(operation, key, id, constrained, call, fits);
    return grant ? [{ name: grant.grantId, match }] : [];
  });
}

function firstGrant(
  operation: string,
  key: Key,
  grantee: string,
  constrained: Constrained,
  call: Call,
  fits: (grant: Grant) => boolean,
): Grant | undefined {
  const any = granteeScope(key, grantee);
  call.used.push(reference.byScope("grant", any));
  if (call.entities.listByScope("grant", any, { after: "", limit: 1 }).length === 0) return undefined;
  for (const place of placesFor(operation, constrained))
    for (const id of usesAt(useScope(key, grantee, operation, place), call)) {
      const grant = readGrantRow(id, call)?.content;
      if (grant && satisfies(operation, grant.constraints, constrained) && fits(grant)) return grant;
    }
  return undefined;
}

function* usesAt(scope: string, call: Call): Generator<string> {
  let after = "";
  for (;;) {
    const rows = call.entities.listByScope<GrantIndex>("grant-use", scope, { after, limit: pageRows });
    for (const { content } of rows) yield content.grant;
    if (rows.length < pageRows) return;
    after = rows.at(-1)?.row.id ?? "";
  }
}

/** The encryption context as it was sent, from the condition values, where names are in lower case (ask-key.ts). */
function givenContext(values: Values): Context {
  const byName = new Map(values);
  const names = [byName.get("kms:encryptioncontextkeys") ?? []].flat();
  const taken = new Map<string, number>();
  return Object.fromEntries(
    names.map((name) => {
      const lower = `kms:encryptioncontext:${lowerName(name)}`;
      const index = taken.get(lower) ?? 0;
      taken.set(lower, index + 1);
      return [name, [byName.get(lower) ?? ""].flat()[index] ?? ""];
    }),
  );
}
