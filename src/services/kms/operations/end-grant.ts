import { refuse } from "../../../errors.ts";
import type { Ask, Call, Operation } from "../../../operation.ts";
import type { CompiledPolicy } from "../../../policy/compile.ts";
import type { Entity } from "../../../store/entities.ts";
import { askKey, keyResource } from "../ask-key.ts";
import { endDryRun } from "../dry-run.ts";
import { findKey, type FoundKey, keyArn, present, readKey } from "../find-key.ts";
import { endGrantChanges, type Grant, readGrant, readGrantRow } from "../grants/entities.ts";
import { forAwsResource, retirersOf } from "../grants/principals.ts";
import { grantOfToken } from "../grants/tokens.ts";

interface Revoke {
  KeyId: string;
  GrantId: string;
  DryRun?: boolean;
}

const noGrant = (grantId: string): never => refuse("NotFoundException", `Grant ID ${grantId} not found`);

export const revokeGrant: Operation<Revoke, unknown, FoundKey> = {
  name: "RevokeGrant",
  readOnly: false,
  requestParameters: ({ KeyId, GrantId, DryRun }) => ({
    keyId: KeyId,
    grantId: GrantId,
    ...(DryRun !== undefined && { dryRun: DryRun }),
  }),
  find: ({ KeyId }, call) => findKey(KeyId, call, { aliases: false }),
  resources: (found) => [keyResource(found)],
  asks: (_input, found, call) => [askKey("RevokeGrant", found, call, forAwsResource(call))],
  run: ({ GrantId, DryRun }, found, call) => {
    const { entity, arn } = present(found);
    const grant = readGrant(entity.content, GrantId, call) ?? noGrant(GrantId);
    endDryRun(DryRun);
    return { answer: {}, changes: endGrantChanges(call.entities, grant), responseElements: { keyId: arn } };
  },
};

interface Retire {
  GrantToken?: string;
  KeyId?: string;
  GrantId?: string;
  DryRun?: boolean;
}

interface Retired extends FoundKey {
  readonly grantId: string;
  readonly grant: Entity<Grant> | undefined;
}

export const retireGrant: Operation<Retire, unknown, Retired> = {
  name: "RetireGrant",
  readOnly: false,
  requestParameters: () => null,
  find: (input, call) => {
    const found = input.GrantToken === undefined ? byId(input, call) : byToken(input, input.GrantToken, call);
    // The account's own people may know what is not there; for others it is like what they may not retire.
    const own = found.account === call.caller.facts.account;
    return found.entity && !found.grant && own ? noGrant(found.grantId) : found;
  },
  resources: (found) => [keyResource(found)],
  asks: (_input, found, call) => [askRetire(found, call)],
  run: ({ DryRun }, found, call) => {
    const { arn } = present(found);
    const grant = found.grant ?? noGrant(found.grantId);
    endDryRun(DryRun);
    return {
      answer: {},
      changes: endGrantChanges(call.entities, grant),
      responseElements: { keyId: arn },
      additionalEventData: { grantId: found.grantId },
    };
  },
};

const eitherOr = (): never =>
  refuse("ValidationException", "You must specify either a GrantToken, or both a KeyId and a GrantId.");

function byId({ KeyId, GrantId }: Retire, call: Call): Retired {
  if (KeyId === undefined || GrantId === undefined) return eitherOr();
  const found = findKey(KeyId, call, { aliases: false });
  return { ...found, grantId: GrantId, grant: found.entity && readGrant(found.entity.content, GrantId, call) };
}

function byToken({ KeyId, GrantId }: Retire, token: string, call: Call): Retired {
  if (KeyId !== undefined || GrantId !== undefined) return eitherOr();
  const row = grantOfToken(token, call);
  const [region = "", keyId = "", grantId = ""] = row.split("/");
  const grant = readGrantRow(row, call);
  const key = region === call.region && grant ? readKey(keyId, call) : undefined;
  if (!grant || !key) return noGrant(grantId);
  return { ...findKey(keyArn(grant.content), call, { aliases: false }), grantId, grant };
}

/**
 * The grant itself says who may retire it (iam.md, section 1.1). Policies cannot add anybody beyond the accounts it
 * was made in, but a Deny counts.
 */
function askRetire(found: Retired, call: Call): Ask {
  const ask = askKey("RetireGrant", found, call);
  const { grant } = found;
  if (!grant || !ask.resourcePolicy) return ask;
  const { policy, name } = ask.resourcePolicy;
  return {
    ...ask,
    resourcePolicy: { name, policy: deniesOf(policy) },
    grants: () => retirersOf(grant.content, call.caller.facts),
  };
}

const deniesOf = (policy: CompiledPolicy): CompiledPolicy => ({
  ...policy,
  about: (action) => policy.about(action).filter(({ effect }) => effect === "Deny"),
});
