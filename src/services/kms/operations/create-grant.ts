import { createHash, randomBytes } from "node:crypto";
import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import { askKey, contextValues, keyResource, type Values } from "../ask-key.ts";
import { endDryRun } from "../dry-run.ts";
import { findKey, type FoundKey, type KnownKey, present } from "../find-key.ts";
import { checkState } from "../key-states.ts";
import { stateIn } from "../key-stores/find-store.ts";
import {
  atLeastAsStrict,
  contextConstraints,
  type GrantConstraints,
  readConstraints,
  recordedConstraints,
  type WireConstraints,
} from "../grants/constraints.ts";
import { type Grant, type GrantIndex, grantRowId, newGrantChanges, readGrantRow } from "../grants/entities.ts";
import { grantsFor } from "../grants/granted.ts";
import { grantOperationsOf } from "../grants/operations.ts";
import { forAwsResource, namedPrincipal, servicePrincipal } from "../grants/principals.ts";
import { grantToken } from "../grants/tokens.ts";
import { reference } from "../../../store/store.ts";
import { closeToLimit, grantsMost } from "../quotas/resource-limits.ts";

interface Input {
  KeyId: string;
  Operations: string[];
  GranteePrincipal?: string;
  RetiringPrincipal?: string;
  Constraints?: WireConstraints;
  GrantTokens?: string[];
  Name?: string;
  DryRun?: boolean;
  GranteeServicePrincipal?: string;
  RetiringServicePrincipal?: string;
}

interface Found extends FoundKey {
  readonly operations: readonly string[];
  readonly constraints: GrantConstraints | undefined;
}

export const createGrant: Operation<Input, unknown, Found> = {
  name: "CreateGrant",
  readOnly: false,
  requestParameters: (input) => ({
    keyId: input.KeyId,
    ...given("granteePrincipal", input.GranteePrincipal),
    ...given("granteeServicePrincipal", input.GranteeServicePrincipal),
    ...given("retiringPrincipal", input.RetiringPrincipal),
    ...given("retiringServicePrincipal", input.RetiringServicePrincipal),
    operations: input.Operations,
    ...given("constraints", input.Constraints && recordedConstraints(input.Constraints)),
    ...given("name", input.Name),
    ...given("dryRun", input.DryRun),
  }),
  find: (input, call) => {
    checkParties(input);
    const found = findKey(input.KeyId, call, { aliases: false });
    return { ...found, operations: [...new Set(input.Operations)], constraints: readConstraints(input.Constraints) };
  },
  resources: (found) => [keyResource(found)],
  asks: (input, found, call) => {
    const ask = askKey("CreateGrant", found, call, conditionValues(input, call));
    const key = found.entity?.content;
    const { constraints, operations } = found;
    // Under a grant only what that grant allows may be given on, as strictly or more so (iam.md, section 1.1).
    const fits = (parent: Grant): boolean =>
      operations.every((operation) => parent.operations.includes(operation)) &&
      atLeastAsStrict(constraints, parent.constraints);
    return [key ? { ...ask, grants: () => grantsFor("CreateGrant", key, call, [], fits) } : ask];
  },
  run: (input, found, call) => {
    const key = present(found);
    checkOperations(found, key);
    const grant = newGrant(input, found, key, call);
    checkState({ state: stateIn(key.store, key.entity.content) }, key.arn, "grant");
    const before = sameNamed(grant, call);
    if (!before) checkGrantLimit(key, call);
    endDryRun(input.DryRun);
    const { grantId } = before ?? grant;
    return {
      answer: { GrantId: grantId, GrantToken: grantToken(grantRowId(grant, grantId), call) },
      changes: before ? [] : newGrantChanges(call.entities, grant),
      responseElements: { grantId, keyId: key.arn },
    };
  },
};

const given = (name: string, value: unknown): object => (value === undefined ? {} : { [name]: value });

/** Exactly one grantee, at most one who retires; a service needs a source and somebody who retires. */
function checkParties(input: Input): void {
  const invalid = (message: string): never => refuse("ValidationException", message);
  if ((input.GranteePrincipal === undefined) === (input.GranteeServicePrincipal === undefined))
    invalid("You must specify either GranteePrincipal or GranteeServicePrincipal, but not both.");
  if (input.RetiringPrincipal !== undefined && input.RetiringServicePrincipal !== undefined)
    invalid("You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.");
  if (input.Operations.length === 0) invalid("At least one grant operation must be specified.");
  if (input.GranteeServicePrincipal === undefined) return;
  if (input.Constraints?.SourceArn === undefined)
    invalid("You must specify a SourceArn grant constraint when you specify a GranteeServicePrincipal.");
  if (input.RetiringPrincipal === undefined && input.RetiringServicePrincipal === undefined)
    invalid(
      "You must specify a RetiringPrincipal or a RetiringServicePrincipal when you specify a GranteeServicePrincipal.",
    );
}

function conditionValues(input: Input, call: Call): Values {
  const { equals, subset } = contextConstraints(input.Constraints);
  const value = (name: string, text: string | undefined): Values => (text === undefined ? [] : [[name, text]]);
  const type = equals ? "EncryptionContextEquals" : subset ? "EncryptionContextSubset" : undefined;
  return [
    ["kms:grantoperations", input.Operations],
    ...forAwsResource(call),
    ...value("kms:granteeprincipal", input.GranteePrincipal),
    ...value("kms:retiringprincipal", input.RetiringPrincipal),
    ...value("kms:granteeserviceprincipal", input.GranteeServicePrincipal),
    ...value("kms:retiringserviceprincipal", input.RetiringServicePrincipal),
    ...value("kms:grantconstrainttype", type),
    ...value("kms:grantconstraintsourcearn", input.Constraints?.SourceArn),
    ...contextValues(equals ?? subset),
  ];
}

/** Throws ValidationException for what a key of this kind cannot do, and for a context where there is none. */
function checkOperations({ operations, constraints }: Found, { entity, arn }: KnownKey): void {
  const { spec, usage } = entity.content;
  const able = grantOperationsOf(spec, usage);
  const unable = operations.filter((operation) => !able.has(operation));
  if (unable.length > 0)
    refuse("ValidationException", `The grant operations ${unable.join(", ")} are not supported by ${arn}.`);
  if ((constraints?.equals ?? constraints?.subset) && spec !== "SYMMETRIC_DEFAULT")
    refuse("ValidationException", "Encryption context grant constraints need a symmetric encryption KMS key.");
}

function newGrant(input: Input, { operations, constraints }: Found, { entity, account }: KnownKey, call: Call): Grant {
  const { region, keyId } = entity.content;
  const grantee =
    input.GranteePrincipal === undefined
      ? servicePrincipal(input.GranteeServicePrincipal ?? "")
      : namedPrincipal(input.GranteePrincipal, call);
  const retirer =
    input.RetiringPrincipal === undefined
      ? input.RetiringServicePrincipal === undefined
        ? undefined
        : servicePrincipal(input.RetiringServicePrincipal)
      : namedPrincipal(input.RetiringPrincipal, call);
  const grant: Grant = {
    grantId: randomBytes(32).toString("hex"),
    keyId,
    region,
    account,
    issuer: call.caller.facts.account,
    name: input.Name ?? "",
    createdAt: call.now,
    operations: [...operations],
    grantee,
    ...(retirer && { retirer }),
    ...(constraints && { constraints }),
  };
  return input.Name === undefined ? grant : { ...grant, named: nameOf(grant) };
}

/** The name together with all other parameters: a retry finds the grant that it made (kms.md, section 5). */
function nameOf({ grantId: _new, createdAt: _now, ...parameters }: Grant): string {
  const context = (pairs: object | undefined) => pairs && Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1));
  const { equals, subset, sourceArn } = parameters.constraints ?? {};
  const { region, keyId, issuer, name, grantee, retirer } = parameters;
  const operations = parameters.operations.toSorted();
  const text = JSON.stringify([
    issuer,
    name,
    operations,
    grantee.id,
    retirer?.id,
    context(equals),
    context(subset),
    sourceArn,
  ]);
  return `${region}/${keyId}/${createHash("sha256").update(text).digest("hex")}`;
}

function sameNamed(grant: Grant, call: Call): Grant | undefined {
  if (grant.named === undefined) return undefined;
  call.used.push(reference.row("grant-name", grant.named));
  const index = call.entities.get<GrantIndex>("grant-name", grant.named);
  return index && readGrantRow(index.content.grant, call)?.content;
}

/** Counted, never listed. Near the limit every new grant excludes the others that are on their way. */
function checkGrantLimit({ entity, arn }: KnownKey, call: Call): void {
  if (entity.content.manager === "AWS") return;
  const count = call.entities.countByParent("grant", entity.row.id);
  if (count >= grantsMost - closeToLimit) call.used.push(reference.byParent("grant", entity.row.id));
  if (count >= grantsMost)
    refuse("LimitExceededException", `The limit of ${grantsMost} grants for ${arn} has been reached.`);
}
