import { parentPort } from "node:worker_threads";
import { SectorCipher } from "./sectors.ts";

/** What a disk's thread hands over: sectors to be encrypted or decrypted in place, in memory that comes along. */
export interface CipherJob {
  readonly id: number;
  readonly disk: number;
  readonly encrypt: boolean;
  readonly bytes: Uint8Array;
  readonly runs: readonly { readonly at: number; readonly length: number; readonly first: number }[];
}

/** Keys come with a disk and go with it. */
export type CipherMessage =
  | CipherJob
  | { readonly disk: number; readonly key: Uint8Array }
  | { readonly forget: number };

const port = parentPort!;
const ciphers = new Map<number, SectorCipher>();

port.on("message", (message: CipherMessage) => {
  if ("forget" in message) ciphers.delete(message.forget);
  else if ("key" in message) {
    ciphers.set(message.disk, new SectorCipher(message.key));
    message.key.fill(0);
  } else work(message);
});

function work({ id, disk, encrypt, bytes, runs }: CipherJob): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const cipher = ciphers.get(disk);
  for (const { at, length, first } of runs) {
    const part = buffer.subarray(at, at + length);
    if (encrypt) cipher?.encrypt(part, first);
    else cipher?.decrypt(part, first);
  }
  port.postMessage({ id, bytes, done: cipher !== undefined }, [bytes.buffer as ArrayBuffer]);
}
