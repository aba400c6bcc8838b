import { randomBytes, randomUUID } from "node:crypto";
import { keySpecOf } from "../../crypto/key-specs.ts";
import { makePair } from "../../crypto/pool.ts";
import type { SavedPolicy, Tag } from "../../identity/entities.ts";
import type { Call } from "../../operation.ts";
import type { Change } from "../../store/entities.ts";
import { type Key, keyRowId } from "./entities.ts";
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
}

/** What a key is made of: raw bytes, or a PKCS#8 private key and its public key. */
export interface KeyBytes {
  readonly secret: Buffer;
  readonly publicKey?: Buffer;
}

/** Fresh bytes for a key of this spec; a key pair is made on a thread. Throws ThrottlingException. */
export function newKeyBytes(spec: string): KeyBytes | Promise<KeyBytes> {
  const entry = keySpecOf(spec);
  if (entry.material !== "pair") return { secret: randomBytes(entry.bytes) };
  return throttled(makePair(spec)).then(({ privateKey, publicKey }) => ({
    secret: Buffer.from(privateKey.buffer),
    publicKey: Buffer.from(publicKey.buffer),
  }));
}

/** A key with its first material: the key, and the two rows. Wipes the secret bytes. */
export function newKey(wanted: NewKey, { secret, publicKey }: KeyBytes, call: Call): { key: Key; changes: Change[] } {
  const place = { account: wanted.account, region: call.region, keyId: randomUUID() };
  const material = newMaterial(call.entities, call.seal, place, secret, call.now);
  const key: Key = {
    ...place,
    description: wanted.description,
    spec: wanted.spec,
    usage: wanted.usage,
    origin: "AWS_KMS",
    manager: wanted.manager,
    state: "Enabled",
    createdAt: call.now,
    currentMaterialId: material.id,
    ...(publicKey && { publicKey: publicKey.toString("base64") }),
    policy: wanted.policy,
    tags: [...wanted.tags],
    multiRegion: false,
  };
  const scope = `${key.account}/${key.region}`;
  return {
    key,
    changes: [call.entities.create("key", keyRowId(key.region, key.keyId), key, { scope }), material.change],
  };
}
