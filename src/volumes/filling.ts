import { decryptedKey, internalKey, openedInternally, wrappedKey } from "./data-key.ts";
import { bytesOf, type DataKey, type FrozenLayer, planOf, type Volume } from "./entities.ts";
import { contextOf, forwarders, type KmsVoice } from "./kms-voice.ts";
import type { Entity } from "../store/entities.ts";
import { wrappedTagKey } from "./tag-key.ts";
import { grantToService, retireGrant } from "./volume-grants.ts";
import type { Hands } from "./work.ts";

/** A snapshot as it was when a volume was asked for: what becomes of it afterwards does not matter. */
export interface Source {
  readonly account: string;
  readonly sizeGiB: number;
  readonly key: DataKey;
  readonly below: FrozenLayer[];
}

export interface Filling {
  /** Of the layer that will be written, chosen beforehand. */
  readonly top: string;
  /** The KMS key by id, alias or ARN; absent: not encrypted. */
  readonly keyId?: string;
  readonly source?: Source;
}

export type Filled = Pick<Volume, "key" | "below" | "grantId"> & {
  /** The row's secret: undefined where it stays what it was, null where there is none. */
  readonly secret?: Uint8Array | null;
};

/**
 * Keys and bytes of a new volume, with the calls to KMS that EBS makes (flows.md, sections 1.0 and 1.1): a data key
 * under the KMS key and a grant to the service; from an encrypted snapshot ReEncrypt first, and nothing more where owner
 * and key stay the same, because the data key is shared. Rejects with AwsError for what KMS refuses.
 */
export async function fillVolume(volume: Entity<Volume>, filling: Filling, hands: Hands): Promise<Filled> {
  const { volumeId } = volume.content;
  await hands.disks.order(volumeId, "remove", { id: filling.top });
  await hands.disks.order(volumeId, "create", { id: filling.top });
  if (filling.keyId !== undefined) return await fillEncrypted(volume, filling, filling.keyId, hands);
  const { source } = filling;
  // The source's internal key came with the row.
  if (source) return { key: source.key, below: source.below };
  const { key, secret } = internalKey(hands.seal, { kind: "volume", id: volume.row.id });
  return { key, below: [], secret };
}

async function fillEncrypted(volume: Entity<Volume>, filling: Filling, keyId: string, hands: Hands): Promise<Filled> {
  const { volumeId, region, account } = volume.content;
  const { source } = filling;
  const kms = hands.asCaller(forwarders.frontend(), region);
  const moved = source?.key.kms && (await reEncrypted(kms, source.key, keyId, volumeId));
  const sameKey = moved?.kms?.keyArn === source?.key.kms?.keyArn;
  if (source && moved && sameKey && source.account === account)
    return { key: moved, below: source.below, secret: null };
  const key = moved && sameKey ? moved : await wrappedKey(kms, keyId, volumeId);
  const wanted = { keyArn: key.kms!.keyArn, contextId: volumeId, region, name: volumeId };
  const grant = await grantToService(kms, wanted);
  try {
    if (!source) return { key, below: [], grantId: grant.grantId, secret: null };
    if (moved && sameKey) return { key, below: source.below, grantId: grant.grantId, secret: null };
    const secret = await copyFrom(source, moved, key, volume, filling.top, hands);
    return { key, below: [], grantId: grant.grantId, secret };
  } catch (error) {
    await retireGrant(hands, region, grant);
    throw error;
  }
}

/** The same data key under another KMS key, or in another context: KMS alone sees it. */
async function reEncrypted(kms: KmsVoice, key: DataKey, keyId: string, volumeId: string): Promise<DataKey> {
  const { keyArn, blob, contextId } = key.kms!;
  const again = await kms("ReEncrypt", {
    CiphertextBlob: Buffer.from(blob, "base64"),
    SourceKeyId: keyArn,
    SourceEncryptionContext: contextOf(contextId),
    DestinationKeyId: keyId,
    DestinationEncryptionContext: contextOf(volumeId),
  });
  return {
    lineage: key.lineage,
    kms: {
      keyArn: String(again.KeyId),
      blob: Buffer.from(again.CiphertextBlob as Uint8Array).toString("base64"),
      contextId: volumeId,
    },
  };
}

/**
 * Every block, read under the source's data key and written under the volume's own; the service opens both. What
 * vouches for them in snapshots becomes the row's secret.
 */
async function copyFrom(
  source: Source,
  moved: DataKey | undefined,
  key: DataKey,
  volume: Entity<Volume>,
  top: string,
  hands: Hands,
): Promise<Uint8Array> {
  const { region, volumeId, sizeGiB } = volume.content;
  const service = hands.asService(forwarders.copier(region), region);
  const fromKey = moved ? await decryptedKey(service, moved) : openedInternally(hands.seal, hands.decision, volume);
  const toKey = await decryptedKey(service, key).catch((error: unknown) => {
    fromKey.fill(0);
    throw error;
  });
  try {
    const from = planOf({ sizeGiB: source.sizeGiB, below: source.below });
    await hands.disks.order(volumeId, "copy", {
      from,
      fromKey,
      to: { bytes: bytesOf(sizeGiB), below: [], top },
      toKey,
    });
    return wrappedTagKey(hands.seal, { kind: "volume", id: volume.row.id }, toKey);
  } finally {
    fromKey.fill(0);
    toKey.fill(0);
  }
}
