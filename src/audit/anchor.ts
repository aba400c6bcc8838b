import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { OperatorError } from "../errors.ts";
import { type Checkpoint, checkpointHolds } from "./chain.ts";
import type { Trail } from "./trail.ts";

/**
 * The newest checkpoint, kept where a hand in the data folder does not reach. A trail that ends before it was cut; a
 * folder that was put back to an older state shows.
 *
 *   { "version": 1, "batch", "records", "at", "hash", "state", "signature" }   binary members in hexadecimal
 */
export function anchorText({ batch, records, at, hash, state, signature }: Checkpoint): string {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  const content = { version: 1, batch, records, at, hash: hex(hash), state: hex(state), signature: hex(signature) };
  return `${JSON.stringify(content)}\n`;
}

/** As a whole: a reader sees the one before or this one. */
export function writeAnchor(path: string, checkpoint: Checkpoint): void {
  const fresh = `${path}.new`;
  const file = openSync(fresh, "w", 0o600);
  try {
    writeSync(file, anchorText(checkpoint));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, path);
}

/** Throws OperatorError for what is no anchor. */
export function readAnchor(path: string): Checkpoint {
  if (!existsSync(path)) throw new OperatorError(`Cannot read the anchor "${path}": there is no such file`);
  return readAnchorText(readFileSync(path, "utf8"), path);
}

/** `where`: how an error names the place. Throws OperatorError. */
export function readAnchorText(text: string, where: string): Checkpoint {
  try {
    const content = JSON.parse(text) as Record<string, unknown>;
    const bytes = (name: string) => Buffer.from(String(content[name]), "hex");
    const [batch, records, at] = [Number(content.batch), Number(content.records), Number(content.at)];
    const anchor = { batch, records, at, hash: bytes("hash"), state: bytes("state"), signature: bytes("signature") };
    if (content.version === 1 && Number.isSafeInteger(batch) && anchor.hash.length === 32) return anchor;
  } catch {
    // Said below, in a sentence.
  }
  throw new OperatorError(`Cannot read the anchor "${where}": it is damaged`);
}

/**
 * Before the anchor in a file is written over: nothing else tells that the trail was cut or put back. `publicKey` is PEM.
 * Rejects with OperatorError when the trail does not come from what the anchor signed.
 */
export async function checkAnchor(path: string, trail: Trail, publicKey: string): Promise<void> {
  if (!existsSync(path)) return;
  const anchor = readAnchor(path);
  if (checkpointHolds(publicKey, anchor) && (await trail.wentThrough(anchor))) return;
  throw new OperatorError(
    `Cannot keep the anchor in "${path}": the trail does not come from what it signed, so it was cut or put back`,
    "claviger audit verify --anchor says more; if the folder was put back on purpose, move the anchor away",
  );
}
