import { materialId } from "../../crypto/material.ts";
import { refuse } from "../../errors.ts";
import type { Change, Entity } from "../../store/entities.ts";
import { withExpiry } from "./dropped-materials.ts";
import { type Key, type Material, materialRowId } from "./entities.ts";
import type { ImportedBytes } from "./imported-bytes.ts";
import { putKey } from "./key-rows.ts";
import { createMaterialRow, materialsOf } from "./materials.ts";
import { type Desk, isReplica, relatedKeys } from "./related-keys.ts";

/** What an importer says of the material beside its bytes. */
export interface Brought {
  readonly arn: string;
  readonly type: "NEW_KEY_MATERIAL" | "EXISTING_KEY_MATERIAL" | undefined;
  readonly materialId: string | undefined;
  readonly description: string | undefined;
  /** Undefined: it does not expire. */
  readonly validTo: number | undefined;
}

/** Imported bytes, in place and not past their date. */
export const isHere = ({ row, content }: Entity<Material>, now: number): boolean =>
  row.secret !== null && (content.validTo ?? Infinity) > now;

/**
 * Binds material to a key, or brings back what is bound to it. The first becomes current at once; a later one waits
 * for RotateKeyOnDemand. Takes the bytes and wipes them.
 */
export function importMaterial(
  entity: Entity<Key>,
  { secret: bytes, publicKey }: ImportedBytes,
  brought: Brought,
  desk: Desk,
): { id: string; changes: Change[] } {
  const key = entity.content;
  const known = materialsOf(entity.row.id, desk);
  const id = materialId(key.keyId, bytes);
  const found = known.find(({ content }) => content.materialId === id);
  checkImport(key, id, found, known.length === 0, brought);
  const place = { kind: "material", id: materialRowId(key.region, key.keyId, id) };
  const secret = desk.seal.wrap(place, bytes);
  bytes.fill(0);
  const { validTo: _before, ...kept } = found?.content ?? newContent(id, known.length === 0, desk.now);
  const description = brought.description ?? kept.description;
  const content: Material = {
    ...kept,
    ...(description !== undefined && { description }),
    ...(brought.validTo !== undefined && { validTo: brought.validTo }),
  };
  const bound = found ? key : { ...withBound(key, id, known.length === 0), ...publicKeyIn(publicKey) };
  const others = known.filter((material) => material !== found);
  const missing = others.some(
    (other) => other.content.materialId !== key.pendingMaterialId && !isHere(other, desk.now),
  );
  const row = found
    ? desk.entities.put(found, content, { secret })
    : createMaterialRow(desk.entities, key, content, secret);
  const imported = id === bound.pendingMaterialId ? (key.imported ?? false) : !missing;
  const held = [
    ...others.filter(({ row: { secret: bytesHeld } }) => bytesHeld !== null).map((held) => held.content),
    content,
  ];
  const changed = withExpiry(
    { ...bound, imported, state: key.state === "PendingImport" && imported ? "Enabled" : key.state },
    held,
  );
  const shared = isReplica(key) ? [] : shareBinding(key, content, bound, desk);
  return { id, changes: [putKey(desk.entities, entity, changed), row, ...shared] };
}

const newContent = (id: string, first: boolean, now: number): Material => ({
  materialId: id,
  createdAt: now,
  ...(first && { sequence: 0 }),
});

const publicKeyIn = (publicKey: Uint8Array | undefined): Pick<Key, "publicKey"> =>
  publicKey ? { publicKey: Buffer.from(publicKey).toString("base64") } : {};

const withBound = (key: Key, id: string, first: boolean): Key =>
  first ? { ...key, currentMaterialId: id } : { ...key, pendingMaterialId: id };

/** Throws what kms.md, sections 1.3 and 10, say of material that does not fit the import. */
function checkImport(
  key: Key,
  id: string,
  found: Entity<Material> | undefined,
  first: boolean,
  { arn, type = first ? "NEW_KEY_MATERIAL" : "EXISTING_KEY_MATERIAL", materialId: expected }: Brought,
): void {
  const incorrect = (): never =>
    refuse(
      "IncorrectKeyMaterialException",
      "The key material in the request is not the key material that was imported into this KMS key before.",
    );
  if (type === "EXISTING_KEY_MATERIAL") {
    if (!found || (expected !== undefined && expected !== id)) incorrect();
    return;
  }
  if (expected !== undefined)
    refuse("ValidationException", "KeyMaterialId cannot be specified when ImportType is NEW_KEY_MATERIAL.");
  if (isReplica(key)) refuse("UnsupportedOperationException", `${arn} is not a multi-region primary key.`);
  if (found && id !== key.pendingMaterialId) incorrect();
  if (!found && !first && key.spec !== "SYMMETRIC_DEFAULT") incorrect();
  if (!found && key.pendingMaterialId !== undefined)
    refuse(
      "KMSInvalidStateException",
      `New key material (id: ${id}) cannot be imported into KMS key ${arn}, because another key material (id: ${key.pendingMaterialId}) is pending rotation.`,
    );
}

/** A primary shares which material is bound, and what it is called; each replica is brought the bytes itself. */
function shareBinding(key: Key, content: Material, bound: Key, desk: Desk): Change[] {
  const { validTo: _own, ...shared } = content;
  return relatedKeys(key, desk).flatMap((replica) => {
    const { region, keyId } = replica.content;
    desk.used.push(`material=${materialRowId(region, keyId, content.materialId)}`);
    const there = desk.entities.get<Material>("material", materialRowId(region, keyId, content.materialId));
    const { currentMaterialId, pendingMaterialId, publicKey } = bound;
    return [
      putKey(desk.entities, replica, {
        ...replica.content,
        ...(currentMaterialId !== undefined && { currentMaterialId }),
        ...(pendingMaterialId !== undefined && { pendingMaterialId }),
        ...(publicKey !== undefined && { publicKey }),
      }),
      there
        ? desk.entities.put(there, { ...there.content, ...shared })
        : createMaterialRow(desk.entities, replica.content, shared, null),
    ];
  });
}
