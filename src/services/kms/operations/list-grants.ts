import { refuse } from "../../../errors.ts";
import { askIam, askKey, keyResource } from "../ask-key.ts";
import type { Ask, Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { parseArn } from "../../../arn.ts";
import { wireConstraints } from "../grants/constraints.ts";
import {
  type Grant,
  type GrantIndex,
  granteeScope,
  readGrant,
  readGrantRow,
  retirerScope,
} from "../grants/entities.ts";
import { accountRoot, forAwsResource, namedPrincipal, principalId, shownPrincipal } from "../grants/principals.ts";
import { findKey, type FoundKey, keyArn, type KnownKey, present, readKey } from "../find-key.ts";
import { afterMarker, page } from "../pagination.ts";

interface Paging {
  Limit?: number;
  Marker?: string;
}

interface OfKey extends Paging {
  KeyId: string;
  GrantId?: string;
  GranteePrincipal?: string;
  GranteeServicePrincipal?: string;
}

/** kms.md, section 1.2: 50 unless something else is asked for, and never more than 100. */
const limitOf = ({ Limit = 50 }: Paging): number => Math.min(Limit, 100);

/** Rows looked at for one answer when a filter has no list of its own: an answer may have few entries and go on. */
const scannedMost = 1000;

const entry = ({ content: grant }: Entity<Grant>, call: Call): object => ({
  KeyId: keyArn(grant),
  GrantId: grant.grantId,
  Name: grant.name,
  CreationDate: grant.createdAt,
  GranteePrincipal: shownPrincipal(grant.grantee, call),
  GranteeServicePrincipal: grant.grantee.service,
  RetiringPrincipal: grant.retirer && shownPrincipal(grant.retirer, call),
  RetiringServicePrincipal: grant.retirer?.service,
  IssuingAccount: accountRoot(grant.issuer),
  Operations: grant.operations,
  Constraints: grant.constraints && wireConstraints(grant.constraints),
});

const listed = ({ Limit, Marker }: Paging): object => ({
  ...(Limit !== undefined && { limit: Limit }),
  ...(Marker !== undefined && { marker: Marker }),
});

export const listGrants: Operation<OfKey, unknown, FoundKey> = {
  name: "ListGrants",
  readOnly: true,
  requestParameters: (input) => ({
    keyId: input.KeyId,
    ...(input.GrantId !== undefined && { grantId: input.GrantId }),
    ...(input.GranteePrincipal !== undefined && { granteePrincipal: input.GranteePrincipal }),
    ...(input.GranteeServicePrincipal !== undefined && { granteeServicePrincipal: input.GranteeServicePrincipal }),
    ...listed(input),
  }),
  find: (input, call) => {
    if (input.GranteePrincipal !== undefined && input.GranteeServicePrincipal !== undefined)
      refuse(
        "ValidationException",
        "You can specify either GranteePrincipal or GranteeServicePrincipal, but not both.",
      );
    return findKey(input.KeyId, call, { aliases: false });
  },
  resources: (found) => [keyResource(found)],
  asks: (_input, found, call) => [askKey("ListGrants", found, call, forAwsResource(call))],
  run: (input, found, call) => ({ answer: grantsOfKey(input, present(found), call) }),
};

function grantsOfKey(input: OfKey, { entity, arn }: KnownKey, call: Call): object {
  const { GrantId, GranteePrincipal, GranteeServicePrincipal: service } = input;
  const list = JSON.stringify(["grants", arn, GrantId, GranteePrincipal, service]);
  const limit = limitOf(input);
  const paging = {
    after: afterMarker(list, input.Marker, call),
    limit: service === undefined ? limit + 1 : scannedMost,
  };
  const wanted = ({ content: { grantee } }: Entity<Grant>): boolean =>
    service === undefined || grantee.service === service;
  if (GrantId !== undefined) {
    const grant = readGrant(entity.content, GrantId, call);
    const id = GranteePrincipal === undefined ? grant?.content.grantee.id : principalId(GranteePrincipal, call);
    const shown = grant && grant.content.grantee.id === id && wanted(grant) ? [entry(grant, call)] : [];
    return { Grants: shown, Truncated: false };
  }
  if (GranteePrincipal !== undefined) {
    const id = principalId(GranteePrincipal, call);
    const rows =
      id === undefined ? [] : call.entities.listByScope<Grant>("grant", granteeScope(entity.content, id), paging);
    return paged(rows, limit, list, call);
  }
  const rows = call.entities.listByParent<Grant>("grant", entity.row.id, paging);
  const chosen = rows.filter(wanted);
  const last = rows.at(-1);
  if (rows.length < scannedMost || chosen.length > limit || !last) return paged(chosen, limit, list, call);
  // Nothing more was looked at: the answer goes on after the last row that was.
  const { more } = page([last, last], 1, ({ row }) => row.id, list, call);
  return { Grants: chosen.map((grant) => entry(grant, call)), ...more };
}

function paged(rows: readonly Entity<Grant>[], limit: number, list: string, call: Call): object {
  const { shown, more } = page(rows, limit, ({ row }) => row.id, list, call);
  return { Grants: shown.map((grant) => entry(grant, call)), ...more };
}

interface Retirable extends Paging {
  RetiringPrincipal?: string;
  RetiringServicePrincipal?: string;
}

export const listRetirableGrants: Operation<Retirable, unknown, string> = {
  name: "ListRetirableGrants",
  readOnly: true,
  requestParameters: (input) => ({
    ...(input.RetiringPrincipal !== undefined && { retiringPrincipal: input.RetiringPrincipal }),
    ...(input.RetiringServicePrincipal !== undefined && { retiringServicePrincipal: input.RetiringServicePrincipal }),
    ...listed(input),
  }),
  find: (input, call) => retirerId(input, call),
  asks: (input, _id, call) => askRetirable(input, call),
  run: (input, id, call) => {
    const limit = limitOf(input);
    const list = JSON.stringify(["retirable", id]);
    const paging = { after: afterMarker(list, input.Marker, call), limit: limit + 1 };
    const rows = call.entities.listByScope<GrantIndex>("grant-retirer", retirerScope(call.region, id), paging);
    const { shown, more } = page(rows, limit, ({ row }) => row.id, list, call);
    const grants = shown.flatMap(({ content }) => readGrantRow(content.grant, call) ?? []);
    // The grants of a key whose date has come are on their way out with it.
    const alive = grants.filter(({ content }) => readKey(content.keyId, call) !== undefined);
    return { answer: { Grants: alive.map((grant) => entry(grant, call)), ...more } };
  },
};

function retirerId({ RetiringPrincipal: given, RetiringServicePrincipal: service }: Retirable, call: Call): string {
  if ((given === undefined) === (service === undefined))
    return refuse(
      "ValidationException",
      "You must specify either RetiringPrincipal or RetiringServicePrincipal, but not both.",
    );
  return given === undefined ? (service ?? "") : namedPrincipal(given, call).id;
}

/** Authorised on the principal, whose account must be the caller's; a service may ask for itself alone. */
function askRetirable({ RetiringPrincipal: given, RetiringServicePrincipal: service }: Retirable, call: Call): Ask[] {
  if (given !== undefined)
    return [{ ...askIam("ListRetirableGrants", call, given), resourceAccount: parseArn(given)?.account ?? given }];
  if (call.caller.facts.service === service) return [];
  return refuse("AccessDeniedException", `Only ${service} may list the grants that it can retire.`);
}
