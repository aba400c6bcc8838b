import { randomBytes } from "node:crypto";
import type { Decision } from "../policy/decision.ts";
import type { Seal } from "../seal/seal.ts";
import type { Entity } from "../store/entities.ts";
import type { DataKey, Snapshot, Volume } from "./entities.ts";
import { newId } from "./ids.ts";
import { contextOf, type KmsVoice } from "./kms-voice.ts";

const keyBytes = 64;

/** A new data key under a KMS key; its plain form is not asked for. Rejects with AwsError. */
export async function wrappedKey(kms: KmsVoice, keyArn: string, contextId: string): Promise<DataKey> {
  const input = { KeyId: keyArn, NumberOfBytes: keyBytes, EncryptionContext: contextOf(contextId) };
  const { CiphertextBlob, KeyId } = await kms("GenerateDataKeyWithoutPlaintext", input);
  const blob = Buffer.from(CiphertextBlob as Uint8Array).toString("base64");
  return { lineage: newId("dek"), kms: { keyArn: String(KeyId), blob, contextId } };
}

/** The plain data key of what is encrypted under KMS. The caller wipes it. Rejects with AwsError. */
export async function decryptedKey(kms: KmsVoice, { kms: wrapped }: DataKey): Promise<Buffer> {
  if (!wrapped) throw new Error("an internal data key is not KMS's to open");
  const { keyArn, blob, contextId } = wrapped;
  const CiphertextBlob = Buffer.from(blob, "base64");
  const { Plaintext } = await kms("Decrypt", {
    CiphertextBlob,
    KeyId: keyArn,
    EncryptionContext: contextOf(contextId),
  });
  return Buffer.from(Plaintext as Uint8Array);
}

/** For what AWS calls unencrypted: a data key wrapped under the root key, in the row's secret. */
export function internalKey(
  seal: Seal,
  place: { kind: "volume" | "snapshot" | "snapshot-copy"; id: string },
): { key: DataKey; secret: Uint8Array } {
  const bytes = randomBytes(keyBytes);
  const secret = seal.wrap(place, bytes);
  bytes.fill(0);
  return { key: { lineage: newId("dek") }, secret };
}

/** The same internal key for another row: it is wrapped with its place. */
export function internalKeyFor(
  seal: Seal,
  decision: Decision,
  from: Entity<Volume> | Entity<Snapshot>,
  place: { kind: "volume" | "snapshot" | "snapshot-copy"; id: string },
): Uint8Array {
  const bytes = openedInternally(seal, decision, from);
  const secret = seal.wrap(place, bytes);
  bytes.fill(0);
  return secret;
}

export function openedInternally(seal: Seal, decision: Decision, { row }: Entity<Volume> | Entity<Snapshot>): Buffer {
  if (!row.secret) throw new Error(`the ${row.kind} "${row.id}" has no data key`);
  return seal.open(decision, { kind: row.kind, id: row.id }, row.secret);
}

/** The plain data key of a volume or snapshot, whichever way it is kept. The caller wipes it. */
export async function openedKey(
  disk: Entity<Volume> | Entity<Snapshot>,
  kms: KmsVoice,
  seal: Seal,
  decision: Decision,
): Promise<Buffer> {
  return disk.content.key.kms ? await decryptedKey(kms, disk.content.key) : openedInternally(seal, decision, disk);
}
