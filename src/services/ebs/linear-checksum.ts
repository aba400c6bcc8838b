import { createHash, hash } from "node:crypto";
import type { Call } from "../../operation.ts";
import { bytesOf, type FrozenLayer, type Snapshot } from "../../volumes/entities.ts";

/** LINEAR: base64 of the SHA-256 over the blocks' own SHA-256 digests, in the order of their numbers (flows.md, 2.1). */
export async function linearChecksum(
  snapshot: Snapshot,
  layer: FrozenLayer,
  blocks: readonly number[],
  open: () => Promise<Buffer>,
  call: Call,
): Promise<string> {
  const plan = { bytes: bytesOf(snapshot.sizeGiB), below: [layer] };
  const whole = createHash("sha256");
  const key = await open();
  try {
    for (const block of blocks) {
      const bytes = await call.disks.order(snapshot.snapshotId, "read", { plan, key, block });
      whole.update(hash("sha256", bytes ?? new Uint8Array(), "buffer"));
    }
  } finally {
    key.fill(0);
  }
  return whole.digest("base64");
}
