import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { OperatorError } from "../errors.ts";
import type { Checkpoint } from "./chain.ts";
import { refuseInside } from "./outside.ts";
import type { Trail } from "./trail.ts";

/**
 * The newest checkpoint, kept where a hand in the data folder does not reach. A trail that ends before it was cut; a
 * folder that was put back to an older state shows.
 *
 *   { "version": 1, "batch", "records", "at", "hash", "state", "signature" }   binary members in hexadecimal
 */
export function writeAnchor(path: string, { batch, records, at, hash, state, signature }: Checkpoint): void {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  const content = { version: 1, batch, records, at, hash: hex(hash), state: hex(state), signature: hex(signature) };
  const fresh = `${path}.new`;
  const file = openSync(fresh, "w", 0o600);
  try {
    writeSync(file, `${JSON.stringify(content)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, path);
}

/** Throws OperatorError for what is no anchor. */
export function readAnchor(path: string): Checkpoint {
  if (!existsSync(path)) throw new OperatorError(`Cannot read the anchor "${path}": there is no such file`);
  try {
    const content = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    const bytes = (name: string) => Buffer.from(String(content[name]), "hex");
    const [batch, records, at] = [Number(content.batch), Number(content.records), Number(content.at)];
    const anchor = { batch, records, at, hash: bytes("hash"), state: bytes("state"), signature: bytes("signature") };
    if (content.version === 1 && Number.isSafeInteger(batch) && anchor.hash.length === 32) return anchor;
  } catch {
    // Said below, in a sentence.
  }
  throw new OperatorError(`Cannot read the anchor "${path}": it is damaged`);
}

/** From now on; a place that cannot be written is told, and stops nothing. Throws OperatorError. */
export function keepAnchor(path: string, folder: string, trail: Trail, failed: (error: unknown) => void): void {
  // It would be lost with the folder, or put back with it.
  refuseInside(folder, path, "the anchor", "name a file on another disk or machine");
  trail.onCheckpoint((checkpoint) => {
    try {
      writeAnchor(path, checkpoint);
    } catch (error) {
      failed(error);
    }
  });
}
