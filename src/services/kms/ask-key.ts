import type { Ask, Call, RecordedResource } from "../../operation.ts";
import { derived } from "../../identity/authority.ts";
import { compilePolicy } from "../../policy/compile.ts";
import type { Context, PolicySource } from "../../policy/decision.ts";
import type { Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import type { Alias, Key } from "./entities.ts";
import type { FoundKey } from "./find-key.ts";
import { grantsFor } from "./grants/granted.ts";
import { grantOperations } from "./grants/operations.ts";
import { lowerName } from "../../policy/lower-name.ts";

export type Values = readonly (readonly [string, string | readonly string[]])[];

/** What AWS has across accounts (iam.md, section 1.1); everything else fails there whatever policies say. */
export const acrossAccounts: ReadonlySet<string> = new Set([
  "Encrypt",
  "Decrypt",
  "ReEncryptFrom",
  "ReEncryptTo",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "Sign",
  "Verify",
  "GenerateMac",
  "VerifyMac",
  "DeriveSharedSecret",
  "Encapsulate",
  "Decapsulate",
  "CreateGrant",
  "DescribeKey",
  "GetKeyRotationStatus",
  "GetPublicKey",
  "ListGrants",
  "RetireGrant",
  "RevokeGrant",
]);

/** May the caller do this with this key? The conditions of every key operation, and those given. */
export function askKey(operation: string, found: FoundKey, call: Call, values: Values = [], phrase?: string): Ask {
  const { entity } = found;
  const named = found.alias === undefined ? undefined : aliasOf(found);
  const asked = {
    action: `kms:${operation}`,
    resource: found.arn,
    ...(named !== undefined && { namedBy: named }),
    resourceAccount: found.account,
    trust: "key",
    hidesExistence: true,
    ...(!acrossAccounts.has(operation) && { withinAccount: true as const }),
  } as const;
  const phrased = phrase === undefined ? asked : { ...asked, phrase };
  if (!entity) return { ...phrased, context: new Map(values) };
  return {
    ...phrased,
    ...(grantOperations.has(operation) && { grants: () => grantsFor(operation, entity.content, call, values) }),
    ...(entity.content.manager === "AWS" && { managedByService: true as const }),
    resourcePolicy: keyPolicy(entity),
    context: keyContext(entity.content, found.alias, values),
    identityOnlyContext: aliasContext(entity, call),
  };
}

/** What needs IAM alone: `*`, or an alias. */
export const askIam = (operation: string, call: Call, resource = "*", values: Values = []): Ask => ({
  action: `kms:${operation}`,
  resource,
  resourceAccount: call.caller.facts.account,
  trust: "identity",
  context: new Map(values),
});

export function keyPolicy(entity: Entity<Key>): PolicySource {
  return derived(entity, "policy", () => {
    const { text, principals } = entity.content.policy;
    return { name: "key policy", policy: compilePolicy(text, "key", principals) };
  });
}

export function keyContext(key: Key, alias: string | undefined, values: Values): Context {
  const context = new Map<string, string | readonly string[]>([
    ["kms:keyspec", key.spec],
    ["kms:keyusage", key.usage],
    ["kms:keyorigin", key.origin],
    ["kms:customermasterkeyspec", key.spec],
    ["kms:customermasterkeyusage", key.usage],
    ["kms:multiregion", String(key.multiRegion)],
  ]);
  if (key.regions) context.set("kms:multiregionkeytype", key.regions.primary === key.region ? "PRIMARY" : "REPLICA");
  for (const [name, value] of bySpelling(
    "aws:resourcetag/",
    key.tags.map(({ Key: name, Value }) => [name, Value]),
  ))
    context.set(name, value);
  if (alias !== undefined) context.set("kms:requestalias", alias);
  for (const [name, value] of values) context.set(name, value);
  return context;
}

/** kms:ResourceAliases is seen by identity policies alone. Read when a policy asks for it, not on every call. */
function aliasContext(entity: Entity<Key>, call: Call): Context {
  let read: readonly string[] | undefined;
  const names = () => {
    call.used.push(reference.byParent("alias", entity.row.id));
    return call.entities
      .listByParent<Alias>("alias", entity.row.id, { after: "", limit: 51 })
      .map(({ content }) => content.name);
  };
  const get = (name: string) => {
    if (name !== "kms:resourcealiases") return undefined;
    read ??= names();
    return read.length > 0 ? read : undefined;
  };
  return { get, keys: () => ["kms:resourcealiases"] };
}

/** `kms:EncryptionContext:name` and `kms:EncryptionContextKeys`. Names that differ in case only are a list. */
export function contextValues(context: Readonly<Record<string, string>> | undefined): Values {
  const entries = Object.entries(context ?? {});
  if (entries.length === 0) return [];
  return [
    ...bySpelling("kms:encryptioncontext:", entries),
    ["kms:encryptioncontextkeys", entries.map(([name]) => name)],
  ];
}

/** Condition keys do not tell letter case apart: values of names that differ in nothing else are a list. */
export function bySpelling(
  prefix: string,
  entries: readonly (readonly [string, string])[],
): Map<string, string | readonly string[]> {
  const byName = new Map<string, string | readonly string[]>();
  for (const [name, value] of entries) {
    const lower = prefix + lowerName(name);
    const before = byName.get(lower);
    byName.set(lower, before === undefined ? value : [before, value].flat());
  }
  return byName;
}

export const keyResource = ({
  arn,
  account,
  alias,
}: Pick<FoundKey, "arn" | "account" | "alias">): RecordedResource => ({
  accountId: account,
  type: "AWS::KMS::Key",
  ARN: arn,
  ...(alias !== undefined && { namedBy: aliasOf({ arn, alias }) }),
});

/** `arn:aws:kms:REGION:ACCOUNT:alias/NAME` */
const aliasOf = ({ arn, alias }: Pick<FoundKey, "arn" | "alias">): string =>
  `${arn.slice(0, arn.lastIndexOf(":"))}:${alias}`;
