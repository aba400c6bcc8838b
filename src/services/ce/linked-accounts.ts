import type { Organization, OrganizationTarget } from "../../identity/organization.ts";
import type { Call } from "../../operation.ts";
import { reference } from "../../store/store.ts";

export interface LinkedAccount {
  readonly account: string;
  readonly name: string;
  /** Who is billed for it. */
  readonly payer: string;
}

/** More accounts than an organization of AWS's has. */
const accountsMost = 50_000;

/** Whose costs the caller's account sees: its own; a management account, its organization's. */
export function linkedAccounts(call: Call): LinkedAccount[] {
  const { account } = call.caller.facts;
  call.used.push(reference.row("organization-target", account));
  const own = call.entities.get<OrganizationTarget>("organization-target", account)?.content;
  if (!own) return [{ account, name: account, payer: account }];
  call.used.push(reference.row("organization", own.organizationId));
  const organization = call.entities.get<Organization>("organization", own.organizationId)?.content;
  const payer = organization?.managementAccount ?? account;
  if (payer !== account) return [{ account, name: own.name, payer }];
  call.used.push(reference.byScope("organization-target", own.organizationId));
  return call.entities
    .listByScope<OrganizationTarget>("organization-target", own.organizationId, { after: "", limit: accountsMost })
    .flatMap(({ content: { id, type, name } }) => (type === "ACCOUNT" ? [{ account: id, name, payer }] : []));
}
