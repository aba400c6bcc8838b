import { materialId } from "../../crypto/material.ts";
import { SymmetricMaterial } from "../../crypto/symmetric.ts";
import { refuse } from "../../errors.ts";
import type { Call } from "../../operation.ts";
import type { Decision } from "../../policy/decision.ts";
import type { Seal } from "../../seal/seal.ts";
import type { Change, Entities, Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { type Key, keyRowId, type Material, materialRowId } from "./entities.ts";
import { keyArn } from "./find-key.ts";

/** Opened materials kept; the least recently opened is wiped first. */
const keptMost = 2000;

interface Kept {
  readonly material: SymmetricMaterial;
  /** The row it was opened from: another version is another material. */
  readonly mac: string;
}

/** By seal, so that two servers in one process never share material. */
const kept = new WeakMap<Seal, Map<string, Kept>>();

/**
 * The one way to a symmetric key's material: with an allowing decision for this call. Undefined when the key has no
 * such material. The material row is read each time, so that destroyed material is never used from memory.
 */
export function openMaterial(decision: Decision, key: Key, id: string, call: Call): SymmetricMaterial | undefined {
  const wrapped = wrappedMaterial(decision, key, id, call);
  if (!wrapped) return undefined;
  const { place, row, secret } = wrapped;
  const mac = Buffer.from(row.mac).toString("latin1");
  const opened = openedBy(call.seal);
  const found = opened.get(place.id);
  if (found?.mac === mac) return found.material;
  found?.material.forget();
  const material = new SymmetricMaterial(key.keyId, id, call.seal.open(decision, place, secret));
  opened.set(place.id, { material, mac });
  if (opened.size > keptMost) {
    const [oldest] = opened;
    oldest?.[1].material.forget();
    opened.delete(oldest?.[0] ?? "");
  }
  return material;
}

/**
 * The same for every other kind of key: a MAC's secret, or a PKCS#8 private key, opened for `use` and wiped when that
 * has returned. Nothing of it is kept.
 */
export function withSecret<T>(decision: Decision, key: Key, call: Call, use: (secret: Buffer) => T): T {
  const wrapped = wrappedMaterial(decision, key, key.currentMaterialId ?? "", call);
  if (!wrapped) return noMaterial(key);
  const secret = call.seal.open(decision, wrapped.place, wrapped.secret);
  try {
    return use(secret);
  } finally {
    secret.fill(0);
  }
}

/** Imported material can be past its date before the job has come to it; of anything else it is a fault. */
export function noMaterial(key: Key): never {
  if (key.origin === "EXTERNAL") refuse("KMSInvalidStateException", `${keyArn(key)} is pending import.`);
  throw new Error("a key in use has no material");
}

function wrappedMaterial(decision: Decision, key: Key, id: string, call: Call) {
  if (!decision.allowed) throw new Error("material was asked for without an allowing decision");
  const place = { kind: "material", id: materialRowId(key.region, key.keyId, id) };
  const { row, content } = call.entities.get<Material>(place.kind, place.id) ?? {};
  if (row?.secret && (content?.validTo ?? Infinity) > call.now) return { place, row, secret: row.secret };
  forgetMaterial(call.seal, place.id);
  return undefined;
}

function openedBy(seal: Seal): Map<string, Kept> {
  let opened = kept.get(seal);
  if (!opened) kept.set(seal, (opened = new Map()));
  return opened;
}

/** Wipes what is in memory of a key's materials (after its deletion). */
export function forgetMaterial(seal: Seal, rowId: string): void {
  const opened = openedBy(seal);
  opened.get(rowId)?.material.forget();
  opened.delete(rowId);
}

/** A new material's id and row. Takes `bytes` (raw, or PKCS#8) and wipes them. */
export function newMaterial(
  entities: Entities,
  seal: Seal,
  key: Pick<Key, "account" | "region" | "keyId">,
  bytes: Buffer,
  now: number,
  more: Partial<Material> = { sequence: 0 },
): { id: string; change: Change } {
  const id = materialId(key.keyId, bytes);
  const rowId = materialRowId(key.region, key.keyId, id);
  const secret = seal.wrap({ kind: "material", id: rowId }, bytes);
  bytes.fill(0);
  return { id, change: createMaterialRow(entities, key, { materialId: id, createdAt: now, ...more }, secret) };
}

/** The row of a material that a key has, or expects (`secret` null). */
export function createMaterialRow(
  entities: Entities,
  { account, region, keyId }: Pick<Key, "account" | "region" | "keyId">,
  material: Material,
  secret: Uint8Array | null,
): Change {
  const placement = { scope: `${account}/${region}`, parent: keyRowId(region, keyId), secret };
  return entities.create("material", materialRowId(region, keyId, material.materialId), material, placement);
}

/** The same material in a related key of another Region, wrapped for its place there; without bytes, only expected. */
export function copyMaterial(
  decision: Decision,
  { row, content }: Entity<Material>,
  from: Key,
  to: Key,
  bytes: boolean,
  { entities, seal }: Call,
): Change {
  const { validTo: _own, ...material } = content;
  if (!bytes || !row.secret) return createMaterialRow(entities, to, material, null);
  const placeIn = ({ region, keyId }: Key) => ({
    kind: "material",
    id: materialRowId(region, keyId, content.materialId),
  });
  const opened = seal.open(decision, placeIn(from), row.secret);
  const secret = seal.wrap(placeIn(to), opened);
  opened.fill(0);
  return createMaterialRow(entities, to, material, secret);
}

/** More than a key can have: 25 rotations on demand, and one every 90 days for centuries. */
const materialsMost = 10_000;

/** All materials of a key, the first one first, those that wait for their rotation last. */
export function materialsOf(keyRow: string, { entities, used }: Pick<Call, "entities" | "used">): Entity<Material>[] {
  used.push(reference.byParent("material", keyRow));
  const all = entities.listByParent<Material>("material", keyRow, { after: "", limit: materialsMost });
  const order = ({ content }: Entity<Material>) => content.sequence ?? Number.MAX_SAFE_INTEGER;
  return all.sort((a, b) => order(a) - order(b));
}
