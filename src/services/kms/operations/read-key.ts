import { refuse } from "../../../errors.ts";
import { readBack } from "../../../identity/saved-principals.ts";
import type { Call, Operation } from "../../../operation.ts";
import { askIam, askKey, keyResource } from "../ask-key.ts";
import { type Alias, aliasRowId, type Key } from "../entities.ts";
import { aliasArn, keyArn, type KnownKey, ownKey } from "../find-key.ts";
import { predefinedAliases } from "../managed-keys.ts";
import { afterMarker, page } from "../pagination.ts";
import { wireTags } from "../tags.ts";

interface KeyInput {
  KeyId: string;
  Limit?: number;
  Marker?: string;
}

/** What a list's record says of its pages. */
function listed({ Limit, Marker }: Partial<KeyInput>): object {
  return { ...(Limit !== undefined && { limit: Limit }), ...(Marker !== undefined && { marker: Marker }) };
}

const orNull =
  <I>(told: (input: I) => object) =>
  (input: I): object | null => {
    const parameters = told(input);
    return Object.keys(parameters).length === 0 ? null : parameters;
  };

/** Reads something of one key of the caller's own account, in any state. */
function reading<I extends { KeyId: string }>(
  name: string,
  answer: (found: KnownKey, input: I, call: Call) => object,
  parameters?: (input: I) => object,
): Operation<I, unknown, KnownKey> {
  return {
    name,
    readOnly: true,
    requestParameters: (input) => ({ keyId: input.KeyId, ...parameters?.(input) }),
    find: (input, call) => ownKey(input.KeyId, call),
    resources: (found) => [keyResource(found)],
    asks: (_input, found, call) => [askKey(name, found, call)],
    run: (input, found, call) => ({ answer: answer(found, input, call) }),
  };
}

export const getKeyPolicy: Operation = reading<KeyInput & { PolicyName?: string }>(
  "GetKeyPolicy",
  ({ entity }, { PolicyName = "default" }, call) => {
    if (PolicyName !== "default") refuse("NotFoundException", "No such policy exists");
    return { Policy: readBack(entity.content.policy, call), PolicyName: "default" };
  },
  ({ PolicyName = "default" }) => ({ policyName: PolicyName }),
);

export const listKeyPolicies: Operation = reading<KeyInput>(
  "ListKeyPolicies",
  (_found, { Marker }, call) => {
    afterMarker("policies", Marker, call);
    return { PolicyNames: ["default"], Truncated: false };
  },
  listed,
);

export const listResourceTags: Operation = reading<KeyInput>(
  "ListResourceTags",
  ({ entity, arn }, { Limit = 50, Marker }, call) => {
    const after = afterMarker(`tags ${arn}`, Marker, call);
    const tags = [...entity.content.tags].sort((a, b) => (a.Key < b.Key ? -1 : 1)).filter(({ Key }) => Key > after);
    const { shown, more } = page(tags, Math.min(Limit, 50), ({ Key }) => Key, `tags ${arn}`, call);
    return { Tags: wireTags(shown), ...more };
  },
  listed,
);

export const listKeys: Operation<Partial<KeyInput>, unknown, undefined> = {
  name: "ListKeys",
  readOnly: true,
  requestParameters: orNull(listed),
  find: () => undefined,
  asks: (_input, _found, call) => [askIam("ListKeys", call)],
  run: ({ Limit = 100, Marker }, _found, call) => {
    const scope = `${call.caller.facts.account}/${call.region}`;
    const rows = call.entities.listByScope<Key>("key", scope, {
      after: afterMarker("keys", Marker, call),
      limit: Limit + 1,
    });
    const { shown, more } = page(rows, Limit, ({ row }) => row.id, "keys", call);
    return {
      answer: { Keys: shown.map(({ content }) => ({ KeyId: content.keyId, KeyArn: keyArn(content) })), ...more },
    };
  },
};

export const listAliases: Operation<Partial<KeyInput>, unknown, KnownKey | undefined> = {
  name: "ListAliases",
  readOnly: true,
  requestParameters: orNull(({ KeyId, ...paging }) => ({
    ...(KeyId !== undefined && { keyId: KeyId }),
    ...listed(paging),
  })),
  find: ({ KeyId }, call) => (KeyId === undefined ? undefined : ownKey(KeyId, call)),
  asks: (_input, _found, call) => [askIam("ListAliases", call)],
  run: ({ Limit = 50, Marker, KeyId }, found, call) => {
    const limit = Math.min(Limit, 100);
    const { account } = call.caller.facts;
    const list = `aliases ${KeyId ?? ""}`;
    const paging = { after: afterMarker(list, Marker, call), limit: limit + 1 };
    const rows = found
      ? call.entities.listByParent<Alias>("alias", found.entity.row.id, paging)
      : call.entities.listByScope<Alias>("alias", `${account}/${call.region}`, paging);
    const made = rows.map(({ row, content }) => ({ id: row.id, entry: aliasEntry(content, account, call.region) }));
    const all = found ? made : [...made, ...unmade(paging.after, call)].sort((a, b) => (a.id < b.id ? -1 : 1));
    const { shown, more } = page(all, limit, ({ id }) => id, list, call);
    return { answer: { Aliases: shown.map(({ entry }) => entry), ...more } };
  },
};

/** Predefined aliases are listed before their keys exist. */
function unmade(after: string, { caller, region, entities }: Call): { id: string; entry: object }[] {
  const { account } = caller.facts;
  return predefinedAliases
    .map((name) => ({
      id: aliasRowId(account, region, name),
      entry: { AliasName: name, AliasArn: aliasArn(region, account, name) },
    }))
    .filter(({ id }) => id > after && !entities.get("alias", id));
}

const aliasEntry = (alias: Alias, account: string, region: string) => ({
  AliasName: alias.name,
  AliasArn: aliasArn(region, account, alias.name),
  TargetKeyId: alias.targetKeyId,
  CreationDate: alias.createdAt,
  LastUpdatedDate: alias.updatedAt,
});
