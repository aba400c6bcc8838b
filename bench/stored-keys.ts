import { randomBytes } from "node:crypto";
import { openSeal } from "../src/seal/root-key.ts";
import type { Key } from "../src/services/kms/entities.ts";
import { createKeyRow } from "../src/services/kms/key-rows.ts";
import { defaultPolicy } from "../src/services/kms/key-policy.ts";
import { newMaterial } from "../src/services/kms/materials.ts";
import { newKeyId } from "../src/services/kms/new-key.ts";
import { CachedEntities } from "../src/store/cached-entities.ts";
import type { Change } from "../src/store/entities.ts";
import { openSqliteStore } from "../src/store/sqlite.ts";

const [account, region] = ["000000000000", "eu-west-1"];
const perCommit = 500;

/** Puts that many keys, with material, into a new data folder: the rows that CreateKey would write. Their ids. */
export async function storeKeys(folder: string, count: number): Promise<string[]> {
  const seal = openSeal({ folder, wraps: [{ kind: "file", path: "root.key" }], production: false });
  const store = await openSqliteStore({ folder, seed: seal.derive("audit-checkpoint") });
  const entities = new CachedEntities(store, seal, { maxBytes: 0 });
  const policy = { text: defaultPolicy(account, region) };
  const ids: string[] = [];
  while (ids.length < count) {
    const changes: Change[] = [];
    for (let made = 0; made < perCommit; made++) {
      const keyId = newKeyId(false);
      ids.push(keyId);
      const material = newMaterial(entities, seal, { account, region, keyId }, randomBytes(32), 0);
      const key: Key = {
        account,
        region,
        keyId,
        description: "",
        spec: "SYMMETRIC_DEFAULT",
        usage: "ENCRYPT_DECRYPT",
        origin: "AWS_KMS",
        manager: "CUSTOMER",
        state: "Enabled",
        createdAt: 0,
        currentMaterialId: material.id,
        policy,
        tags: [],
        multiRegion: false,
      };
      changes.push(createKeyRow(key, entities), material.change);
    }
    await new Promise<void>((resolve, reject) =>
      store.commit({ changes, records: [], used: [], decidedAt: store.changeNumber }, (outcome) =>
        outcome === "done" ? resolve() : reject(new Error(String(outcome))),
      ),
    );
  }
  await store.close();
  return ids;
}
