import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import type { Decision } from "../../../policy/decision.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import { internalKeyFor } from "../../../volumes/data-key.ts";
import { type Attachment, type Snapshot, regionScope, type Volume, volumeRowId } from "../../../volumes/entities.ts";
import { newId, newLayerId } from "../../../volumes/ids.ts";
import { useLayers } from "../../../volumes/layer-uses.ts";
import type { VolumeMaking } from "../../../volumes/making.ts";
import { defaultKey, settingsOf } from "../../../volumes/settings.ts";
import { workFor } from "../../../volumes/work.ts";
import type { Tag } from "../../../identity/entities.ts";
import type { VolumeShape } from "./volume-types.ts";

export interface VolumeWish {
  readonly shape: VolumeShape;
  readonly zone: string;
  readonly snapshot?: Entity<Snapshot> | undefined;
  /** What encrypts it (`keyOf`); undefined: not encrypted. */
  readonly keyId: string | undefined;
  readonly tags: readonly Tag[];
  /** Of a volume that comes with an instance. */
  readonly attachments?: readonly Attachment[];
}

/**
 * The KMS key that a volume will be encrypted under, as it was named: what was asked for, else what an encrypted
 * snapshot of the caller's own has, else the account's default where encryption was asked for, is the account's
 * default, or comes with the snapshot.
 */
export function keyOf(
  { encrypted, keyId }: { readonly encrypted?: boolean | undefined; readonly keyId?: string | undefined },
  snapshot: Snapshot | undefined,
  call: Call,
): string | undefined {
  const settings = settingsOf(call);
  if (!encrypted && !settings.encryptByDefault && !snapshot?.encrypted) return undefined;
  const own = snapshot?.account === call.caller.facts.account ? snapshot.key.kms?.keyArn : undefined;
  return keyId ?? own ?? settings.defaultKeyId ?? defaultKey;
}

/** Throws IncorrectState for what holds no bytes yet, or none any more. */
export function checkSource(snapshot: Snapshot, sizeGiB: number): void {
  if (snapshot.state !== "completed") refuse("IncorrectState", `Snapshot is in invalid state - ${snapshot.state}`);
  if (sizeGiB < snapshot.sizeGiB)
    refuse(
      "InvalidParameterValue",
      `Volume of size ${sizeGiB}GB is smaller than snapshot '${snapshot.snapshotId}', expect size >= ${snapshot.sizeGiB}GB`,
    );
}

/** A volume that is being created, and the work that makes it. */
export function newVolume(wish: VolumeWish, call: Call, decision: Decision): { volume: Volume; changes: Change[] } {
  const { volume, making, changes } = volumeToMake(wish, call, decision);
  const target = { kind: "volume", id: volumeRowId(volume.region, volume.volumeId) };
  return { volume, changes: [...changes, workFor(call, "create-volume", target, making)] };
}

/** The rows of a volume that is being created, and what its making takes. */
export function volumeToMake(
  { shape, zone, snapshot, keyId, tags, attachments = [] }: VolumeWish,
  call: Call,
  decision: Decision,
): { volume: Volume; making: VolumeMaking; changes: Change[] } {
  const volumeId = newId("vol");
  const id = volumeRowId(call.region, volumeId);
  const source = snapshot?.content;
  const secret =
    snapshot && !snapshot.content.key.kms
      ? internalKeyFor(call.seal, decision, snapshot, { kind: "volume", id })
      : null;
  const { type, sizeGiB, iops, throughput, multiAttach } = shape;
  const volume: Volume = {
    account: call.caller.facts.account,
    region: call.region,
    volumeId,
    zone,
    type,
    sizeGiB,
    encrypted: keyId !== undefined,
    key: { lineage: newId("dek") },
    below: [],
    attachments: [...attachments],
    state: "creating",
    createdAt: call.now,
    tags: [...tags],
    ...(iops !== undefined && { iops }),
    ...(throughput !== undefined && { throughput }),
    ...(multiAttach && { multiAttach: true as const }),
    ...(source && { snapshotId: source.snapshotId }),
  };
  const top = newLayerId();
  const making: VolumeMaking = {
    top,
    requestId: call.requestId,
    ...(keyId !== undefined && { keyId }),
    ...(source && {
      source: { account: source.account, sizeGiB: source.sizeGiB, key: source.key, below: source.below },
    }),
  };
  const layers = [top, ...(source?.below ?? []).map((layer) => layer.id)];
  const changes = [
    call.entities.create("volume", id, volume, { scope: regionScope(volume), secret }),
    ...useLayers(call.entities, layers, id),
  ];
  return { volume, making, changes };
}
