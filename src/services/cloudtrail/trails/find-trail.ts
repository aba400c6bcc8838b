import type { AccountTrail } from "../../../deliveries/entities.ts";
import { refuse } from "../../../errors.ts";
import type { OrganizationTarget } from "../../../identity/organization.ts";
import type { Call } from "../../../operation.ts";
import { type Entity, reference } from "../../../store/entities.ts";

export type TrailRow = Entity<AccountTrail>;

/** Trails of one account that are read at once: five in each Region there is. */
const trailsMost = 1000;

export const unknownTrail = (name: string, call: Call): never =>
  refuse("TrailNotFoundException", `Unknown trail: ${name} for the user: ${call.caller.facts.account}`);

/** The organization that the caller's account is a member of. */
export function organizationOf(call: Call): string | undefined {
  const { account } = call.caller.facts;
  call.used.push(reference.row("organization-target", account));
  return call.entities.get<OrganizationTarget>("organization-target", account)?.content.organizationId;
}

const isMine = ({ content }: TrailRow, call: Call): boolean =>
  content.account === call.caller.facts.account ||
  (content.organizationId !== undefined && content.organizationId === organizationOf(call));

/** The trail, where it exists and is shown to the caller's account; in other Regions too. */
function readTrail(arn: string, call: Call): TrailRow | undefined {
  call.used.push(reference.row("account-trail", arn));
  const trail = call.entities.get<AccountTrail>("account-trail", arn);
  return trail && isMine(trail, call) ? trail : undefined;
}

const shownHere = ({ content }: TrailRow, call: Call): boolean =>
  content.homeRegion === call.region || content.multiRegion;

/** To be looked at, from every Region that it records. `name` as it was asked for. Throws TrailNotFoundException. */
export function findTrail(arn: string, name: string, call: Call): TrailRow {
  const trail = readTrail(arn, call);
  return trail && shownHere(trail, call) ? trail : unknownTrail(name, call);
}

/**
 * To be changed: by its own account, in its home Region. Throws TrailNotFoundException, InvalidHomeRegionException,
 * NotOrganizationMasterAccountException.
 */
export function findOwnTrail(arn: string, name: string, call: Call): TrailRow {
  const trail = readTrail(arn, call) ?? unknownTrail(name, call);
  if (trail.content.account !== call.caller.facts.account)
    refuse(
      "NotOrganizationMasterAccountException",
      "The request could not be processed because your account is not the management account of the organization.",
    );
  if (trail.content.homeRegion !== call.region)
    refuse(
      "InvalidHomeRegionException",
      `Trail ${arn} cannot be changed in ${call.region}: its home Region is ${trail.content.homeRegion}.`,
    );
  return trail;
}

/** Every trail that is shown to the caller's account, in all Regions. */
export function visibleTrails(call: Call): TrailRow[] {
  const { account } = call.caller.facts;
  call.used.push(reference.byScope("account-trail", account));
  const own = call.entities.listByScope<AccountTrail>("account-trail", account, { after: "", limit: trailsMost });
  const organization = organizationOf(call);
  if (organization === undefined) return own;
  call.used.push(reference.byParent("account-trail", organization));
  const theirs = call.entities.listByParent<AccountTrail>("account-trail", organization, {
    after: "",
    limit: trailsMost,
  });
  return [...own, ...theirs.filter(({ content }) => content.account !== account)];
}

/** Those of this Region; the others that record it are its shadows. */
export const trailsHere = (call: Call): TrailRow[] => visibleTrails(call).filter((trail) => shownHere(trail, call));
