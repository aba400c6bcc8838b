import { randomBytes, randomUUID } from "node:crypto";
import type { SavedPolicy, Tag } from "../../identity/entities.ts";
import type { Call } from "../../operation.ts";
import type { Change } from "../../store/entities.ts";
import { type Key, keyRowId } from "./entities.ts";
import { newMaterial } from "./materials.ts";

export interface NewKey {
  readonly account: string;
  readonly description: string;
  readonly policy: SavedPolicy;
  readonly tags: readonly Tag[];
  readonly manager: Key["manager"];
}

/** A symmetric key with its first material: the key, and the two rows. */
export function newSymmetricKey(wanted: NewKey, call: Call): { key: Key; changes: Change[] } {
  const place = { account: wanted.account, region: call.region, keyId: randomUUID() };
  const material = newMaterial(call.entities, call.seal, place, randomBytes(32), call.now);
  const key: Key = {
    ...place,
    description: wanted.description,
    spec: "SYMMETRIC_DEFAULT",
    usage: "ENCRYPT_DECRYPT",
    origin: "AWS_KMS",
    manager: wanted.manager,
    state: "Enabled",
    createdAt: call.now,
    currentMaterialId: material.id,
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
