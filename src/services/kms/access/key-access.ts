import type { CallerFacts } from "../../../identity/caller.ts";
import type { Reading } from "../../../identity/authority.ts";
import { membershipOf } from "../../../identity/organization.ts";
import type { GrantYes, Question } from "../../../policy/decision.ts";
import { type Possible, possible } from "../../../policy/possible.ts";
import type { Entity } from "../../../store/entities.ts";
import { acrossAccounts, keyContext, keyPolicy } from "../ask-key.ts";
import type { Key } from "../entities.ts";
import { keyArn } from "../find-key.ts";
import { type Grant, granteeScope } from "../grants/entities.ts";
import { grantOperationsOf } from "../grants/operations.ts";
import { idsOf } from "../grants/principals.ts";
import type { KnownPrincipal } from "./known-principals.ts";
import { lowerName } from "../../../policy/lower-name.ts";

/** One way to a yes, and what it opens. */
export interface AccessPath {
  /** `statement "x" of key policy`, `grant 0c23…`, and the identity policy that is needed beside it. */
  readonly by: string;
  readonly actions: readonly string[];
  readonly when?: readonly string[];
  readonly unless?: readonly string[];
}

export interface Access {
  readonly principal: string;
  readonly key: string;
  readonly use: readonly string[];
  readonly administer: readonly string[];
  readonly delegate: readonly string[];
  readonly paths: readonly AccessPath[];
}

const delegating = ["CreateGrant", "PutKeyPolicy"];
const administering = (
  "CancelKeyDeletion CreateAlias DeleteAlias DeleteImportedKeyMaterial DescribeKey " +
  "DisableKey DisableKeyRotation EnableKey EnableKeyRotation GetKeyPolicy " +
  "GetKeyRotationStatus GetPublicKey GetParametersForImport ImportKeyMaterial ListGrants " +
  "ListKeyPolicies ListKeyRotations ListResourceTags ReplicateKey RevokeGrant " +
  "RotateKeyOnDemand ScheduleKeyDeletion SynchronizeMultiRegionKey TagResource UntagResource " +
  "UpdateAlias UpdateKeyDescription UpdatePrimaryRegion"
).split(" ");
const notUse = new Set([...delegating, ...administering, "RetireGrant"]);

/** What the principal could do with the key by some call; undefined when nothing. */
export function accessOf(principal: KnownPrincipal, key: Entity<Key>, reading: Reading): Access | undefined {
  const question = questionOf(principal, key, reading);
  const known = knownNames(principal);
  const grants = grantsOf(principal, key.content, reading);
  const paths = new Map<string, AccessPath & { actions: string[] }>();
  const can = (operation: string): boolean => {
    const asked = {
      ...question,
      action: `kms:${operation}`,
      ...(!acrossAccounts.has(operation) && { withinAccount: true as const }),
    };
    const byPolicy = possible(asked, known);
    const granted = byPolicy ? undefined : grants.filter(({ grant }) => grant.operations.includes(operation));
    const found =
      byPolicy ??
      (granted!.length > 0 ? possible({ ...asked, grants: granted!.map(({ yes }) => yes) }, known) : undefined);
    if (!found) return false;
    const constrained = grants.find(({ yes }) => yes.name === found.because.policy)?.grant.constraints;
    const path = pathOf(found, constrained ? [`the grant's constraints ${JSON.stringify(constrained)}`] : []);
    const before = paths.get(JSON.stringify(path));
    if (before) before.actions.push(operation);
    else paths.set(JSON.stringify(path), { ...path, actions: [operation] });
    return true;
  };
  const { spec, usage } = key.content;
  const use = [...grantOperationsOf(spec, usage)].filter((operation) => !notUse.has(operation)).filter(can);
  const access = { use, administer: administering.filter(can), delegate: delegating.filter(can) };
  if (paths.size === 0) return undefined;
  return { principal: principal.name, key: keyArn(key.content), ...access, paths: [...paths.values()] };
}

function pathOf(
  { because, through, when, unless }: Possible,
  constraints: readonly string[],
): Omit<AccessPath, "actions"> {
  const named = ({ type, policy = type, statement }: Possible["because"]) =>
    statement === undefined ? `${type} ${policy}` : `statement "${statement}" of ${policy}`;
  const all = [...when, ...constraints];
  return {
    by: through ? `${named(because)}, and ${named(through)}` : named(because),
    ...(all.length > 0 && { when: all }),
    ...(unless.length > 0 && { unless }),
  };
}

export function questionOf(
  { facts, authority, tags = [] }: KnownPrincipal,
  key: Entity<Key>,
  reading: Reading,
): Question {
  const { account, manager } = key.content;
  const mine = membershipOf(facts.account, reading);
  const theirs = membershipOf(account, reading);
  const linked = facts.kind === "service" || facts.principalArn.includes(":role/aws-service-role/");
  const serviceControl = linked ? undefined : mine?.controls.SERVICE_CONTROL_POLICY;
  const resourceControl = manager === "AWS" || linked ? undefined : theirs?.controls.RESOURCE_CONTROL_POLICY?.flat();
  const context = new Map<string, string | readonly string[]>([
    ["aws:principalarn", facts.principalArn],
    ["aws:principalaccount", facts.account],
    ["kms:calleraccount", facts.account],
    ["aws:resourceaccount", account],
  ]);
  if (mine) context.set("aws:principalorgid", mine.organizationId).set("aws:principalorgpaths", [mine.path]);
  if (theirs) context.set("aws:resourceorgid", theirs.organizationId).set("aws:resourceorgpaths", [theirs.path]);
  for (const { Key: name, Value } of tags) context.set(`aws:principaltag/${lowerName(name)}`, Value);
  const ofKey = keyContext(key.content, undefined, []);
  for (const name of ofKey.keys()) context.set(name, ofKey.get(name)!);
  return {
    caller: facts,
    authority: serviceControl ? { ...authority, serviceControl } : authority,
    action: "",
    resource: keyArn(key.content),
    resourceAccount: account,
    trust: "key",
    resourcePolicy: keyPolicy(key),
    ...(resourceControl && { resourceControl }),
    context,
  };
}

const ofPrincipal = /^(aws:principal(arn|account|orgid|orgpaths)|kms:calleraccount)$/;
const ofKey =
  /^(aws:resource(account|orgid|orgpaths|tag\/.*)|kms:(keyspec|keyusage|keyorigin|multiregion|customermasterkey\w+))$/;

/** The condition keys whose value, or absence, is the same in every call of the principal. */
const knownNames =
  ({ name: own, facts, tags }: KnownPrincipal) =>
  (name: string): boolean =>
    ofKey.test(name) ||
    // Everybody, services and federated users have none that is known.
    (own !== "*" &&
      (facts.kind === "user" || facts.kind === "root" || facts.kind === "role-session") &&
      ofPrincipal.test(name)) ||
    (own !== "*" && tags !== undefined && facts.kind !== "service" && name.startsWith("aws:principaltag/"));

export interface PossibleGrant {
  readonly grant: Grant;
  readonly yes: GrantYes;
}

const rows = 500;

export function grantsOf({ facts }: KnownPrincipal, key: Key, { entities }: Reading): PossibleGrant[] {
  return idsOf(facts as CallerFacts).flatMap(({ id, match }) => {
    const found: PossibleGrant[] = [];
    for (let after = ""; ; ) {
      const page = entities.listByScope<Grant>("grant", granteeScope(key, id), { after, limit: rows });
      found.push(...page.map(({ content }) => ({ grant: content, yes: { name: content.grantId, match } })));
      if (page.length < rows) return found;
      after = page.at(-1)!.row.id;
    }
  });
}
