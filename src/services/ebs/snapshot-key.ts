import { AwsError } from "../../errors.ts";
import type { Call } from "../../operation.ts";
import type { Decision } from "../../policy/decision.ts";
import type { Entity } from "../../store/entities.ts";
import { decryptedKey, internalKey, internalKeyFor } from "../../volumes/data-key.ts";
import { type DataKey, type Snapshot, snapshotRowId } from "../../volumes/entities.ts";
import { newId } from "../../volumes/ids.ts";
import { contextOf, forwarders, type KmsVoice, voiceOf } from "../../volumes/kms-voice.ts";
import { defaultKey, settingsOf } from "../../volumes/settings.ts";
import { invalid } from "./refuse-ebs.ts";

interface Keyed {
  readonly key: DataKey;
  readonly secret: Uint8Array | null;
  readonly encrypted: boolean;
}

/** A parent's data key, wrapped anew for its child; or a new one, under KMS or under the root key. */
export async function snapshotKey(
  input: { readonly Encrypted?: boolean; readonly KmsKeyArn?: string },
  parent: Entity<Snapshot> | undefined,
  snapshotId: string,
  call: Call,
  decisions: readonly Decision[],
): Promise<Keyed> {
  const place = { kind: "snapshot", id: snapshotRowId(call.region, snapshotId) } as const;
  const kms = voiceOf(call, forwarders.direct());
  if (parent?.content.key.kms)
    return { key: await childKey(kms, parent.content.key, snapshotId), secret: null, encrypted: true };
  if (parent) {
    const secret = internalKeyFor(call.seal, decisions[0]!, parent, place);
    return { key: parent.content.key, secret, encrypted: false };
  }
  const settings = settingsOf(call);
  if (!(input.Encrypted ?? (input.KmsKeyArn !== undefined || settings.encryptByDefault)))
    return { ...internalKey(call.seal, place), encrypted: false };
  const keyId = input.KmsKeyArn ?? settings.defaultKeyId ?? defaultKey;
  try {
    const made = await kms("GenerateDataKey", {
      KeyId: keyId,
      NumberOfBytes: 64,
      EncryptionContext: contextOf(snapshotId),
    });
    (made.Plaintext as Buffer).fill(0);
    const blob = Buffer.from(made.CiphertextBlob as Uint8Array).toString("base64");
    const kmsKey = { keyArn: String(made.KeyId), blob, contextId: snapshotId };
    return { key: { lineage: newId("dek"), kms: kmsKey }, secret: null, encrypted: true };
  } catch (error) {
    return refuseKey(error);
  }
}

async function childKey(kms: KmsVoice, parent: DataKey, snapshotId: string): Promise<DataKey> {
  const { keyArn, blob, contextId } = parent.kms!;
  try {
    const again = await kms("ReEncrypt", {
      CiphertextBlob: Buffer.from(blob, "base64"),
      SourceKeyId: keyArn,
      SourceEncryptionContext: contextOf(contextId),
      DestinationKeyId: keyArn,
      DestinationEncryptionContext: contextOf(snapshotId),
    });
    const child = Buffer.from(again.CiphertextBlob as Uint8Array).toString("base64");
    const key = { lineage: parent.lineage, kms: { keyArn, blob: child, contextId: snapshotId } };
    (await decryptedKey(kms, key)).fill(0);
    return key;
  } catch (error) {
    return refuseKey(error);
  }
}

function refuseKey(error: unknown): never {
  if (!(error instanceof AwsError) || error.status >= 500) throw error;
  return invalid(error.message, "INVALID_DEPENDENCY_REQUEST");
}
