import type { Entity } from "../../../store/entities.ts";
import { decryptedKey, wrappedKey } from "../../../volumes/data-key.ts";
import type { DataKey, Snapshot } from "../../../volumes/entities.ts";
import { contextOf, forwarders } from "../../../volumes/kms-voice.ts";
import type { Hands, Work } from "../../../volumes/work.ts";
import { asEbs, copyOf, grantFor, noteCopy } from "./copy-grants.ts";
import type { CopySource, SnapshotCopy } from "./copy.ts";

/** The keys of what is copied, plain; who asked for them wipes them. */
export interface OpenedKeys {
  readonly from: Buffer;
  readonly to: Buffer;
}

/**
 * A new data key under the copy's KMS key, and grants that let the service open it and the source's (flows.md, section
 * 1.1, "KMS sequence", 2 to 4). Rejects with AwsError.
 */
export async function obtainKey(work: Work, hands: Hands, dest: Snapshot): Promise<DataKey> {
  const { content } = copyOf(work, hands);
  const { keyArn = "", key: known } = content;
  const caller = hands.asCaller(forwarders.frontend(), work.region);
  const key = known ?? (await wrappedKey(caller, keyArn, dest.snapshotId));
  if (!known) await noteCopy(work, hands, (before) => ({ ...before, key }));
  const contextId = dest.snapshotId;
  await grantFor(work, hands, { keyArn, region: work.region, contextId, operations: ["Decrypt"], asker: caller });
  return key;
}

/** The source's key is opened through a grant that the copying part of EBS asks for on the caller's way. */
export async function grantOnSource(work: Work, hands: Hands, { key, region }: CopySource): Promise<void> {
  if (!key.kms) return;
  const { keyArn, contextId } = key.kms;
  const asker = hands.asCaller(forwarders.copier(region), region);
  await grantFor(work, hands, { keyArn, region, contextId, operations: ["Decrypt"], asker });
}

/** Step 5: the service opens both through its grants, an internal key under the root. Rejects with AwsError. */
export async function openSourceKey(copy: Entity<SnapshotCopy>, source: CopySource, hands: Hands): Promise<Buffer> {
  if (source.key.kms) return await decryptedKey(asEbs(hands, source.region), source.key);
  const { row } = copy;
  if (!row.secret) throw new Error(`the copy "${row.id}" has no data key`);
  return hands.seal.open(hands.decision, { kind: row.kind, id: row.id }, row.secret);
}

/**
 * Under the same key nothing is encrypted anew: the source's data key is wrapped again with the copy's context, by the
 * service and through grants to decrypt and encrypt. Rejects with AwsError.
 */
export async function sameKeyAgain(work: Work, hands: Hands, source: CopySource, dest: Snapshot): Promise<DataKey> {
  const { lineage, kms } = source.key;
  if (!kms) throw new Error("an internal data key is not KMS's to wrap");
  const { keyArn } = kms;
  const contextId = dest.snapshotId;
  const caller = hands.asCaller(forwarders.frontend(), work.region);
  const operations = ["Decrypt", "Encrypt"];
  await grantFor(work, hands, { keyArn, region: work.region, contextId, operations, asker: caller });
  await grantOnSource(work, hands, source);
  const ebs = asEbs(hands, work.region);
  const plain = await decryptedKey(ebs, source.key);
  try {
    const EncryptionContext = contextOf(contextId);
    const { CiphertextBlob } = await ebs("Encrypt", { KeyId: keyArn, Plaintext: plain, EncryptionContext });
    const blob = Buffer.from(CiphertextBlob as Uint8Array).toString("base64");
    return { lineage, kms: { keyArn, blob, contextId } };
  } finally {
    plain.fill(0);
  }
}
