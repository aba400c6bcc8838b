import { diskTagKey } from "../crypto/disk-tag-key.ts";
import type { Decision } from "../policy/decision.ts";
import type { Seal } from "../seal/seal.ts";
import type { Entity } from "../store/entities.ts";
import type { Snapshot, Volume } from "./entities.ts";
import type { Hands } from "./work.ts";

/**
 * What has a data key of KMS's keeps, wrapped under the root key in its row's secret, the key of its tags: a snapshot
 * can so be frozen without a call to KMS, as CreateSnapshot does. It opens nothing: it only vouches for what lies there.
 */
export function wrappedTagKey(
  seal: Seal,
  place: { kind: "snapshot" | "volume"; id: string },
  key: Uint8Array,
): Uint8Array {
  const tagKey = diskTagKey(key);
  const secret = seal.wrap(place, tagKey);
  tagKey.fill(0);
  return secret;
}

/** Before a volume is written for the first time. */
export async function keepTagKey(
  id: string,
  key: Uint8Array,
  { entities, seal, step }: Pick<Hands, "entities" | "seal" | "step">,
): Promise<void> {
  const lacking = () => {
    const volume = entities.get<Volume>("volume", id);
    return volume?.row.secret ? undefined : volume;
  };
  if (!lacking()) return;
  const secret = wrappedTagKey(seal, { kind: "volume", id }, key);
  await step(() => {
    const volume = lacking();
    return { changes: volume ? [entities.put(volume, volume.content, { secret })] : [] };
  });
}

/** The key of the tags; undefined while nothing was ever written. The caller wipes it. */
export function openedTagKey(
  { row, content }: Entity<Snapshot> | Entity<Volume>,
  seal: Seal,
  decision: Decision,
): Buffer | undefined {
  if (!row.secret) return undefined;
  const secret = seal.open(decision, { kind: row.kind, id: row.id }, row.secret);
  if (content.key.kms) return secret;
  const tagKey = diskTagKey(secret);
  secret.fill(0);
  return tagKey;
}

/** A volume's secret for a snapshot of it, whichever of the two it is; null where there is none. */
export function secretFor(
  { row }: Entity<Volume>,
  place: { kind: "snapshot"; id: string },
  seal: Seal,
  decision: Decision,
): Uint8Array | null {
  if (!row.secret) return null;
  const secret = seal.open(decision, { kind: row.kind, id: row.id }, row.secret);
  const wrapped = seal.wrap(place, secret);
  secret.fill(0);
  return wrapped;
}
