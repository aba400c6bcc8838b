import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { askIam, askKey, keyResource } from "../ask-key.ts";
import { type Alias, aliasRowId } from "../entities.ts";
import { aliasArn, findKey, type KnownKey, ownKey, readAlias } from "../find-key.ts";
import { checkState, refuseAwsManaged } from "../key-states.ts";
import { aliasesMost } from "../quotas/resource-limits.ts";
import { refuseReserved } from "../managed-keys.ts";

interface Input {
  AliasName: string;
  TargetKeyId: string;
}

const parameters = ({ AliasName, TargetKeyId }: Partial<Input>): object => ({
  ...(TargetKeyId !== undefined && { targetKeyId: TargetKeyId }),
  aliasName: AliasName,
});

function checkName(name: string): void {
  if (!name.startsWith("alias/") || name === "alias/")
    refuse(
      "ValidationException",
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    );
  if (name.includes(":")) refuse("ValidationException", `${name} contains invalid characters for an alias`);
  refuseReserved(name);
}

const arnOf = (name: string, call: Call): string => aliasArn(call.region, call.caller.facts.account, name);
const aliasResource = (name: string, call: Call) => ({
  accountId: call.caller.facts.account,
  type: "AWS::KMS::Key",
  ARN: arnOf(name, call),
});

function existing(name: string, call: Call): Entity<Alias> {
  return (
    readAlias(name, call.caller.facts.account, call) ??
    refuse("NotFoundException", `Alias ${arnOf(name, call)} is not found.`)
  );
}

/** A key that an alias may point to. Throws KMSInvalidStateException for one that is going. */
function checkTarget({ entity, arn }: KnownKey, call: Call): void {
  refuseAwsManaged(entity.content, arn);
  checkState(entity.content, arn, "manage");
  call.used.push(reference.byParent("alias", entity.row.id));
  if (call.entities.countByParent("alias", entity.row.id) >= aliasesMost)
    refuse("LimitExceededException", `The limit of ${aliasesMost} aliases for ${arn} has been reached.`);
}

export const createAlias: Operation<Input, unknown, KnownKey> = {
  name: "CreateAlias",
  readOnly: false,
  requestParameters: parameters,
  find: ({ AliasName, TargetKeyId }, call) => {
    checkName(AliasName);
    return ownKey(TargetKeyId, call);
  },
  resources: (found) => [keyResource(found)],
  asks: ({ AliasName }, found, call) => [
    askIam("CreateAlias", call, arnOf(AliasName, call)),
    askKey("CreateAlias", found, call),
  ],
  run: ({ AliasName }, found, call) => {
    const { account } = call.caller.facts;
    if (readAlias(AliasName, account, call))
      refuse("AlreadyExistsException", `An alias with the name ${arnOf(AliasName, call)} already exists`);
    checkTarget(found, call);
    const alias: Alias = {
      name: AliasName,
      targetKeyId: found.entity.content.keyId,
      createdAt: call.now,
      updatedAt: call.now,
    };
    const placement = { scope: `${account}/${call.region}`, parent: found.entity.row.id };
    const changes = [call.entities.create("alias", aliasRowId(account, call.region, AliasName), alias, placement)];
    return { answer: {}, changes, responseElements: { keyId: found.arn }, resources: [aliasResource(AliasName, call)] };
  },
};

interface Update {
  readonly alias: Entity<Alias>;
  readonly from: KnownKey;
  readonly to: KnownKey;
}

export const updateAlias: Operation<Input, unknown, Update> = {
  name: "UpdateAlias",
  readOnly: false,
  requestParameters: parameters,
  find: ({ AliasName, TargetKeyId }, call) => {
    checkName(AliasName);
    const alias = existing(AliasName, call);
    return { alias, from: ownKey(alias.content.targetKeyId, call), to: ownKey(TargetKeyId, call) };
  },
  resources: ({ to }) => [keyResource(to)],
  asks: ({ AliasName }, { from, to }, call) => [
    askIam("UpdateAlias", call, arnOf(AliasName, call)),
    askKey("UpdateAlias", from, call),
    askKey("UpdateAlias", to, call),
  ],
  run: ({ AliasName }, { alias, from, to }, call) => {
    if (from.arn !== to.arn) checkTarget(to, call);
    const [old, next] = [from.entity.content, to.entity.content];
    if (old.usage !== next.usage || old.spec.startsWith("SYMMETRIC") !== next.spec.startsWith("SYMMETRIC"))
      refuse("KMSInvalidStateException", `${to.arn} is not of the same type and usage as ${from.arn}.`);
    const content = { ...alias.content, targetKeyId: next.keyId, updatedAt: call.now };
    const changes = [call.entities.put(alias, content, { parent: to.entity.row.id })];
    return { answer: {}, changes, responseElements: { keyId: to.arn }, resources: [aliasResource(AliasName, call)] };
  },
};

export const deleteAlias: Operation<Pick<Input, "AliasName">, unknown, { alias: Entity<Alias>; key: KnownKey }> = {
  name: "DeleteAlias",
  readOnly: false,
  requestParameters: parameters,
  find: ({ AliasName }, call) => {
    checkName(AliasName);
    const alias = existing(AliasName, call);
    return { alias, key: findKey(alias.content.targetKeyId, call, { aliases: false }) as KnownKey };
  },
  resources: ({ key }) => [keyResource(key)],
  asks: ({ AliasName }, { key }, call) => [
    askIam("DeleteAlias", call, arnOf(AliasName, call)),
    askKey("DeleteAlias", key, call),
  ],
  run: ({ AliasName }, { alias, key }, call) => ({
    answer: {},
    changes: [call.entities.delete(alias)],
    responseElements: { keyId: key.arn },
    resources: [aliasResource(AliasName, call)],
  }),
};
