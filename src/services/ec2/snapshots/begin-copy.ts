import { refuse } from "../../../errors.ts";
import type { Tag } from "../../../identity/entities.ts";
import type { Call } from "../../../operation.ts";
import type { Decision } from "../../../policy/decision.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { internalKeyFor } from "../../../volumes/data-key.ts";
import { regionScope, type Snapshot, snapshotRowId } from "../../../volumes/entities.ts";
import { newId, newLayerId } from "../../../volumes/ids.ts";
import { useLayers } from "../../../volumes/layer-uses.ts";
import { defaultKey, settingsOf } from "../../../volumes/settings.ts";
import { usableKey } from "../../../volumes/usable-key.ts";
import { workFor } from "../../../volumes/work.ts";
import type { FoundResource } from "../find-resource.ts";
import { copyOwner, type SnapshotCopy } from "./copy.ts";

/** A copy as CopySnapshot and CopyImage ask for it. */
export interface CopyOrder {
  readonly source: FoundResource<Snapshot>;
  readonly description: string;
  readonly tags: readonly Tag[];
  readonly encrypted?: boolean | undefined;
  readonly keyId?: string | undefined;
  readonly durationMinutes?: number | undefined;
}

const copiesMost = 20;

/**
 * A new snapshot in the call's Region that is to be a copy, and the work that makes it one. What is wrong with the
 * source is told by its state later; what is wrong with the key now. Throws AuthFailure, InvalidParameterValue,
 * ResourceLimitExceeded.
 */
export async function beginCopy(
  order: CopyOrder,
  call: Call,
  decision: Decision,
): Promise<{ snapshot: Snapshot; changes: Change[] }> {
  const { source: found, description, tags, durationMinutes } = order;
  const { account } = call.caller.facts;
  const { region } = call;
  checkUnderWay(regionScope({ account, region }), call);
  const { source, problem } = readySource(found);
  const settings = settingsOf(call);
  const encrypted =
    order.encrypted === true ||
    order.keyId !== undefined ||
    settings.encryptByDefault ||
    (found.entity?.content.encrypted ?? false);
  const keyArn = encrypted
    ? (await usableKey(order.keyId ?? settings.defaultKeyId ?? defaultKey, call)).arn
    : undefined;
  const snapshotId = newId("snap");
  const id = snapshotRowId(region, snapshotId);
  const snapshot: Snapshot = {
    account,
    region,
    snapshotId,
    volumeId: "vol-ffffffff",
    sizeGiB: found.entity?.content.sizeGiB ?? 0,
    description,
    state: "pending",
    progress: 0,
    encrypted,
    key: { lineage: newId("dek") },
    below: [],
    createdAt: call.now,
    tags: [...tags],
    sharedWith: [],
    copied: true,
    ...(keyArn !== undefined && { keyArn }),
    ...(durationMinutes !== undefined && { durationMinutes }),
  };
  const shares = source && source.account === account && source.region === region && source.key.kms?.keyArn === keyArn;
  const layer = source && !shares ? newLayerId() : undefined;
  const copy: SnapshotCopy = {
    grants: [],
    ...(source && { source }),
    ...(problem !== undefined && { problem }),
    ...(keyArn !== undefined && { keyArn }),
    ...(layer !== undefined && { layer }),
  };
  const place = { kind: "snapshot-copy", id } as const;
  const secret = source && !source.key.kms ? internalKeyFor(call.seal, decision, found.entity!, place) : null;
  const held = [...(source?.below ?? []).map((one) => one.id), ...(layer === undefined ? [] : [layer])];
  return {
    snapshot,
    changes: [
      call.entities.create("snapshot", id, snapshot, { scope: regionScope(snapshot) }),
      call.entities.create("snapshot-copy", id, copy, { scope: regionScope(snapshot), secret }),
      ...useLayers(call.entities, held, copyOwner(id)),
      workFor(call, "copy-snapshot", { kind: "snapshot", id }, {}),
    ],
  };
}

function checkUnderWay(scope: string, { entities, used }: Call): void {
  used.push(reference.byScope("snapshot-copy", scope));
  if (entities.countByScope("snapshot-copy", scope) >= copiesMost)
    refuse(
      "ResourceLimitExceeded",
      `Too many snapshot copies in progress. The limit is ${copiesMost} for this destination region.`,
    );
}

/** The source as it is at this moment, or what a failed copy says of it. */
function readySource({ entity }: FoundResource<Snapshot>): Pick<SnapshotCopy, "source" | "problem"> {
  if (!entity) return { problem: "Source snapshot is not found" };
  if (entity.content.state !== "completed") return { problem: "Source snapshot is not complete" };
  return { source: sourceOf(entity) };
}

function sourceOf({ content }: Entity<Snapshot>): SnapshotCopy["source"] & object {
  const { snapshotId, account, region, sizeGiB, encrypted, key, below, fullBytes } = content;
  return { snapshotId, account, region, sizeGiB, encrypted, key, below, ...(fullBytes !== undefined && { fullBytes }) };
}
