import { randomBytes } from "node:crypto";
import type { ServiceEvent } from "../../operation.ts";
import type { Change, Entity } from "../../store/entities.ts";
import { keyEvent } from "./deletion.ts";
import { type Key, type Material, materialRowId } from "./entities.ts";
import { dayMs, putKey } from "./key-rows.ts";
import { newMaterial } from "./materials.ts";
import { type Desk, relatedKeys } from "./related-keys.ts";

export interface Rotated {
  readonly changes: Change[];
  readonly events: ServiceEvent[];
}

interface Turn {
  readonly type: "AUTOMATIC" | "ON_DEMAND";
  /** The date the rotation is known by, domain milliseconds. */
  readonly at: number;
}

/**
 * A new current material, in the key and in all that are related to it, in one transaction. Old materials stay: a
 * ciphertext names its own. Imported material was brought before, and turns from pending to current.
 */
export function rotateKey(entity: Entity<Key>, turn: Turn, desk: Desk): Rotated {
  const key = entity.content;
  const sequence = (key.rotations ?? 0) + 1;
  const turned: Partial<Material> = { sequence, rotatedAt: turn.at, rotationType: turn.type };
  const bytes = key.origin === "EXTERNAL" ? undefined : randomBytes(32);
  const family = [entity, ...relatedKeys(key, desk)];
  const changes: Change[] = [];
  let current = key.pendingMaterialId ?? "";
  for (const member of family) {
    const { pendingMaterialId: _pending, ...before } = member.content;
    if (bytes) {
      const made = newMaterial(desk.entities, desk.seal, before, Buffer.from(bytes), desk.now, turned);
      changes.push(made.change);
      current = made.id;
    } else changes.push(turnPending(member.content, turned, desk));
    changes.push(putKey(desk.entities, member, { ...before, ...counted(before, turn), currentMaterialId: current }));
  }
  bytes?.fill(0);
  const details = {
    rotationType: turn.type,
    keyOrigin: key.origin,
    previousKeyMaterialId: key.currentMaterialId,
    currentKeyMaterialId: current,
    keyId: key.keyId,
  };
  const [, ...replicas] = family.map(({ content }) => content);
  return {
    changes,
    events: [keyEvent("RotateKey", key, details), ...replicas.map((replica) => synchronized(replica))],
  };
}

function turnPending({ region, keyId, pendingMaterialId = "" }: Key, turned: Partial<Material>, desk: Desk): Change {
  const material = desk.entities.get<Material>("material", materialRowId(region, keyId, pendingMaterialId));
  if (!material) throw new Error("the material that waits for its rotation is gone");
  return desk.entities.put(material, { ...material.content, ...turned });
}

/** The count and the schedule after a rotation. On demand, the schedule stays. */
function counted(key: Key, { type, at }: Turn): Partial<Key> {
  const rotations = (key.rotations ?? 0) + 1;
  if (type === "ON_DEMAND") return { rotations, onDemandRotations: (key.onDemandRotations ?? 0) + 1 };
  if (!key.rotation) return { rotations };
  const { periodDays } = key.rotation;
  return { rotations, rotation: { periodDays, nextAt: at + periodDays * dayMs } };
}

/** What the primary shares reached a replica. */
export const synchronized = (replica: Key): ServiceEvent => ({
  ...keyEvent("SynchronizeMultiRegionKey", replica),
  type: "AwsApiCall",
});
