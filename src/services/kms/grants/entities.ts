import type { Call } from "../../../operation.ts";
import type { Change, Entities, Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { keyRowId } from "../entities.ts";
import { type GrantConstraints, placesOf } from "./constraints.ts";

/** Who a grant names. `id` is what it means for good: a unique id, `AROA…:session`, an account, a service principal. */
export interface GrantPrincipal {
  id: string;
  /** The ARN or account as it was given. */
  principal?: string;
  /** `ec2.amazonaws.com` when a service is named. */
  service?: string;
}

/**
 * kind "grant", id = `region/keyId/grantId`, scope = `region/keyId/grantee's id`, parent = the key's row id. It never
 * changes: it is created and it is deleted, and with it the rows that find it:
 *
 * - kind "grant-use", one for each operation: scope = key, grantee, operation and the place of its constraints, so that
 *   a call reads the grants that may concern it and no other, however many there are;
 * - kind "grant-retirer": scope = `region/retiring principal's id`, for ListRetirableGrants;
 * - kind "grant-name": the grant that a name and all other parameters stand for.
 */
export interface Grant {
  grantId: string;
  keyId: string;
  region: string;
  /** The key's account, and the one whose principal made the grant. */
  account: string;
  issuer: string;
  name: string;
  createdAt: number;
  operations: string[];
  grantee: GrantPrincipal;
  retirer?: GrantPrincipal;
  constraints?: GrantConstraints;
  /** Row id of its "grant-name". */
  named?: string;
}

/** Content of the rows that find a grant. */
export interface GrantIndex {
  grant: string;
}

type KeyPlace = Pick<Grant, "region" | "keyId">;

export const grantRowId = (key: KeyPlace, grantId: string): string => `${keyRowId(key.region, key.keyId)}/${grantId}`;
export const granteeScope = (key: KeyPlace, grantee: string): string => `${keyRowId(key.region, key.keyId)}/${grantee}`;
export const useScope = (key: KeyPlace, grantee: string, operation: string, place: string): string =>
  `${granteeScope(key, grantee)}/${operation}/${place}`;
export const retirerScope = (region: string, retirer: string): string => `${region}/${retirer}`;

/** The rows of a new grant. */
export function newGrantChanges(entities: Entities, grant: Grant): Change[] {
  const id = grantRowId(grant, grant.grantId);
  const parent = keyRowId(grant.region, grant.keyId);
  const scope = granteeScope(grant, grant.grantee.id);
  const content: GrantIndex = { grant: id };
  return [
    entities.create("grant", id, grant, { scope, parent }),
    ...indexRows(grant).map((row) => entities.create(row.kind, row.id, content, { scope: row.scope })),
  ];
}

/** The rows that go with a grant. Index rows never change, so that their version is the first. */
export function endGrantChanges(entities: Entities, grant: Entity<Grant>): Change[] {
  const gone = { parent: "", expect: 1, row: null };
  return [entities.delete(grant), ...indexRows(grant.content).map((row) => ({ ...row, ...gone }))];
}

interface IndexRow {
  readonly kind: string;
  readonly id: string;
  readonly scope: string;
}

function indexRows(grant: Grant): IndexRow[] {
  const { grantee, retirer, named, region } = grant;
  const id = grantRowId(grant, grant.grantId);
  const rows = grant.operations.map((operation) => {
    const place = placesOf(operation, grant.constraints);
    return { kind: "grant-use", id: `${id}/${operation}`, scope: useScope(grant, grantee.id, operation, place) };
  });
  if (retirer) rows.push({ kind: "grant-retirer", id, scope: retirerScope(region, retirer.id) });
  if (named !== undefined) rows.push({ kind: "grant-name", id: named, scope: "" });
  return rows;
}

/** The grant of that id on that key. */
export function readGrant(key: KeyPlace, grantId: string, call: Call): Entity<Grant> | undefined {
  return readGrantRow(grantRowId(key, grantId), call);
}

export function readGrantRow(id: string, call: Call): Entity<Grant> | undefined {
  call.used.push(reference.row("grant", id));
  return call.entities.get<Grant>("grant", id);
}
