import { iamArn, parseArn } from "../../../arn.ts";
import { refuse } from "../../../errors.ts";
import type { CallerFacts } from "../../../identity/caller.ts";
import { entityId, type Role, type User } from "../../../identity/entities.ts";
import type { Call } from "../../../operation.ts";
import type { GrantYes } from "../../../policy/decision.ts";
import { reference } from "../../../store/store.ts";
import type { Values } from "../ask-key.ts";
import type { Grant, GrantPrincipal } from "./entities.ts";

const uniqueId = /^A(ID|RO)A[A-Z0-9]{12,}(:[\w+=,.@-]{2,64})?$/;

const servicePattern = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/;

/**
 * Throws InvalidArnException for what is not a principal that exists. A service that makes a grant on somebody's way
 * may name itself (flows.md, section 1.1).
 */
export function namedPrincipal(given: string, call: Call): GrantPrincipal {
  if (call.caller.facts.invokedBy !== undefined && servicePattern.test(given)) return servicePrincipal(given);
  const id = principalId(given, call);
  if (id === undefined || uniqueId.test(given))
    return refuse("InvalidArnException", `ARN does not refer to a valid principal: ${given}`);
  return { id, principal: given };
}

export const servicePrincipal = (service: string): GrantPrincipal => ({ id: service, service });

/**
 * What the name means today, whichever account it is of; undefined for nobody. Unique ids, by which lists show
 * principals that are gone, name themselves.
 */
export function principalId(given: string, call: Call): string | undefined {
  if (/^\d{12}$/.test(given) || uniqueId.test(given)) return given;
  const arn = parseArn(given);
  if (!arn || !/^\d{12}$/.test(arn.account) || arn.region !== "") return undefined;
  const [kind = "", ...path] = arn.resource.split("/");
  if (arn.service === "iam" && arn.resource === "root") return arn.account;
  if (arn.service === "iam" && (kind === "user" || kind === "role")) {
    const entity = entityNamed(kind, arn.account, path.at(-1) ?? "", call);
    return entity?.arn === given ? entity.uniqueId : undefined;
  }
  const [name = "", session = ""] = path;
  if (arn.service !== "sts" || path.length > 2) return undefined;
  if (kind === "federated-user" && name !== "" && session === "") return `${arn.account}:${name}`;
  if (kind !== "assumed-role" || session === "") return undefined;
  // What AWS runs on an account's behalf (aws:ec2-infrastructure); no role can have such a name.
  if (name.startsWith("aws:")) return `${arn.account}:${name}:${session}`;
  const role = entityNamed("role", arn.account, name, call);
  return role?.name === name ? `${role.uniqueId}:${session}` : undefined;
}

function entityNamed(kind: "user" | "role", account: string, name: string, call: Call): User | Role | undefined {
  const id = entityId(account, name);
  call.used.push(reference.row(kind, id));
  return call.entities.get<User | Role>(kind, id)?.content;
}

/** The name as it was given while it means the same principal; after that the unique id, as AWS shows it. */
export function shownPrincipal({ id, principal, service }: GrantPrincipal, call: Call): string | undefined {
  if (principal === undefined) return service;
  return principalId(principal, call) === id ? principal : id;
}

/** The ids under which a grant may name the caller, the strongest first (iam.md, section 1.1). */
export function idsOf(facts: CallerFacts): { id: string; match: GrantYes["match"] }[] {
  const { kind, account, userId, uniqueId: unique, service } = facts;
  if (kind === "service") return service === undefined ? [] : [{ id: service, match: "direct" }];
  if (kind === "root") return [{ id: account, match: "account" }];
  const own = [{ id: userId, match: "direct" }] as const;
  const entity = unique === userId || unique === account ? [] : [{ id: unique, match: "role" } as const];
  return [...own, ...entity, { id: account, match: "account" }];
}

/** Who may retire the grant: its retiring principal, its grantee if it says so, and the accounts it was made in. */
export function retirersOf(grant: Grant, facts: CallerFacts): GrantYes[] {
  const may = new Set([grant.retirer?.id, grant.operations.includes("RetireGrant") ? grant.grantee.id : undefined]);
  const named = idsOf(facts).filter(({ id }) => may.has(id));
  const { account, kind } = facts;
  const owns = kind !== "service" && (account === grant.account || account === grant.issuer);
  const yes = [...named.map(({ match }) => match), ...(owns ? (["account"] as const) : [])];
  return yes.map((match) => ({ name: grant.grantId, match }));
}

/** kms:GrantIsForAWSResource is there when a service calls for somebody (iam.md, section 1.5). */
export const forAwsResource = ({ caller }: Call): Values =>
  caller.facts.invokedBy === undefined ? [] : [["kms:grantisforawsresource", "true"]];

export const accountRoot = (account: string): string => iamArn(account, "root");
