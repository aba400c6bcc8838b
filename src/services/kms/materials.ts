import { materialId } from "../../crypto/material.ts";
import { SymmetricMaterial } from "../../crypto/symmetric.ts";
import type { Call } from "../../operation.ts";
import type { Decision } from "../../policy/decision.ts";
import type { Seal } from "../../seal/seal.ts";
import type { Change, Entities } from "../../store/entities.ts";
import { type Key, type Material, materialRowId } from "./entities.ts";

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
  if (!wrapped) throw new Error("a key in use has no material");
  const secret = call.seal.open(decision, wrapped.place, wrapped.secret);
  try {
    return use(secret);
  } finally {
    secret.fill(0);
  }
}

function wrappedMaterial(decision: Decision, key: Key, id: string, call: Call) {
  if (!decision.allowed) throw new Error("material was asked for without an allowing decision");
  const place = { kind: "material", id: materialRowId(key.region, key.keyId, id) };
  const row = call.entities.get<Material>(place.kind, place.id)?.row;
  return row?.secret ? { place, row, secret: row.secret } : undefined;
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
): { id: string; change: Change } {
  const id = materialId(key.keyId, bytes);
  const rowId = materialRowId(key.region, key.keyId, id);
  const content: Material = { materialId: id, createdAt: now };
  const secret = seal.wrap({ kind: "material", id: rowId }, bytes);
  bytes.fill(0);
  const scope = `${key.account}/${key.region}`;
  return {
    id,
    change: entities.create("material", rowId, content, { scope, parent: `${key.region}/${key.keyId}`, secret }),
  };
}
