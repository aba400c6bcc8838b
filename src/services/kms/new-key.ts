import { randomBytes, randomUUID } from "node:crypto";
import { keySpecOf } from "../../crypto/key-specs.ts";
import { makePair } from "../../crypto/pool.ts";
import type { SavedPolicy, Tag } from "../../identity/entities.ts";
import type { Call } from "../../operation.ts";
import type { Change } from "../../store/entities.ts";
import type { Key } from "./entities.ts";
import { createKeyRow, yearly } from "./key-rows.ts";
import { newMaterial } from "./materials.ts";
import { throttled } from "./slow-work.ts";

export interface NewKey {
  readonly account: string;
  readonly spec: string;
  readonly usage: string;
  readonly description: string;
  readonly policy: SavedPolicy;
  readonly tags: readonly Tag[];
  readonly manager: Key["manager"];
  readonly multiRegion?: boolean;
  readonly keyId?: string;
}

/** What a key is made of: raw bytes, or a PKCS#8 private key and its public key. */
export interface KeyBytes {
  readonly secret: Buffer;
  readonly publicKey?: Buffer;
}

/** A key that is to be what it was elsewhere. `bytes` are a copy each time: who uses them wipes them. */
export interface GivenKey {
  readonly keyId: string;
  readonly bytes?: () => KeyBytes;
}

/** Fresh bytes for a key of this spec, made for an account; a key pair is made on a thread. Throws ThrottlingException. */
export function newKeyBytes(owner: string, spec: string): KeyBytes | Promise<KeyBytes> {
  const entry = keySpecOf(spec);
  if (entry.material !== "pair") return { secret: randomBytes(entry.bytes) };
  return throttled(makePair(owner, spec)).then(({ privateKey, publicKey }) => ({
    secret: Buffer.from(privateKey.buffer),
    publicKey: Buffer.from(publicKey.buffer),
  }));
}

/** `mrk-` and 32 hex for a multi-Region key, a UUID for any other. */
export const newKeyId = (multiRegion: boolean): string =>
  multiRegion ? `mrk-${randomBytes(16).toString("hex")}` : randomUUID();

/**
 * A key with its first material: the key, and the two rows. Wipes the secret bytes. Without bytes, a key that waits
 * for its material to be imported.
 */
export function newKey(wanted: NewKey, bytes: KeyBytes | undefined, call: Call): { key: Key; changes: Change[] } {
  const { multiRegion = false } = wanted;
  const place = { account: wanted.account, region: call.region, keyId: wanted.keyId ?? newKeyId(multiRegion) };
  const material = bytes && newMaterial(call.entities, call.seal, place, bytes.secret, call.now);
  const key: Key = {
    ...place,
    description: wanted.description,
    spec: wanted.spec,
    usage: wanted.usage,
    origin: material ? "AWS_KMS" : "EXTERNAL",
    manager: wanted.manager,
    state: material ? "Enabled" : "PendingImport",
    createdAt: call.now,
    ...(material && { currentMaterialId: material.id }),
    ...(bytes?.publicKey && { publicKey: bytes.publicKey.toString("base64") }),
    policy: wanted.policy,
    tags: [...wanted.tags],
    multiRegion,
    ...(multiRegion && { regions: { primary: call.region, replicas: [] } }),
    ...(wanted.manager === "AWS" && { rotation: yearly(call.now) }),
  };
  return { key, changes: [createKeyRow(key, call.entities), ...(material ? [material.change] : [])] };
}
