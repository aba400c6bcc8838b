import { deriveKey } from "./kdf.ts";

/** What the tags of a disk's frozen layers are made with (disks/layer-tags.ts): 32 bytes, from its data key. */
export const diskTagKey = (dataKey: Uint8Array): Buffer =>
  deriveKey(dataKey, "claviger disk tags v1", Buffer.alloc(0), 32);
