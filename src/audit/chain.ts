import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";
import { FixedHmac } from "../crypto/kdf.ts";

/**
 * The trail's chain. A batch is what one transaction committed: its records as lines of JSON joined by "\n".
 *
 *   hash(n) = SHA-256( "claviger trail v1\n" n "\n" first "\n" count "\n" hex(hash(n-1)) "\n" records )
 *
 * `n` counts batches from 1, `first` is the number of the batch's first record, counted from 1. hash(0) is 32 zeros.
 */
export const chainStart: Buffer = Buffer.alloc(32);

export interface Batch {
  readonly batch: number;
  readonly first: number;
  readonly count: number;
  readonly records: string;
}

export function chainHash(previous: Uint8Array, { batch, first, count, records }: Batch): Buffer {
  const before = Buffer.from(previous).toString("hex");
  return hash("sha256", `claviger trail v1\n${batch}\n${first}\n${count}\n${before}\n${records}`, "buffer");
}

/** A signed statement: after this batch the chain stood at `hash`, and the sum of all rows' MACs at `state`. */
export interface Checkpoint {
  readonly batch: number;
  /** Records up to here. */
  readonly records: number;
  /** Milliseconds, wall clock. */
  readonly at: number;
  readonly hash: Uint8Array;
  readonly state: Uint8Array;
  /** Ed25519 over `signedText`. */
  readonly signature: Uint8Array;
}

/** A checkpoint says where the chain stood; a pruning, that it begins there. One is never taken for the other. */
function statementText(kind: "checkpoint" | "pruning", checkpoint: Omit<Checkpoint, "signature">): Buffer {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  const { batch, records, at, hash: head, state } = checkpoint;
  return Buffer.from(`claviger ${kind} v1\n${batch}\n${records}\n${at}\n${hex(head)}\n${hex(state)}\n`);
}

/** PKCS#8 of an Ed25519 private key is this prefix and its 32-byte seed. */
const ed25519Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

export const checkpointKey = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([ed25519Prefix, seed]), format: "der", type: "pkcs8" });

/** The half that may be given away: PEM. */
export const checkpointPublicKey = (seed: Uint8Array): string =>
  createPublicKey(checkpointKey(seed)).export({ format: "pem", type: "spki" }).toString();

export const signCheckpoint = (key: KeyObject, checkpoint: Omit<Checkpoint, "signature">): Checkpoint => ({
  ...checkpoint,
  signature: sign(null, statementText("checkpoint", checkpoint), key),
});

export const checkpointHolds = (publicKey: KeyObject | string, checkpoint: Checkpoint): boolean =>
  verify(null, statementText("checkpoint", checkpoint), publicKey, checkpoint.signature);

/** The same for where the trail begins once its oldest part was let go. */
export const signPruning = (key: KeyObject, start: Omit<Checkpoint, "signature">): Checkpoint => ({
  ...start,
  signature: sign(null, statementText("pruning", start), key),
});

export const pruningHolds = (publicKey: KeyObject | string, pruning: Checkpoint): boolean =>
  verify(null, statementText("pruning", pruning), publicKey, pruning.signature);

/** Where the trail ends: what the next batch is chained to. */
export interface Head {
  readonly batch: number;
  readonly records: number;
  readonly hash: Uint8Array;
}

export type HeadKey = FixedHmac;

/** The key of `headMac`, from the seed that the checkpoints' signing key is made of. */
export const headKey = (seed: Uint8Array): HeadKey => new FixedHmac(new FixedHmac(seed).mac(headLabel));

const headLabel = Buffer.from("claviger trail head v1");

/**
 * Renewed in every transaction, so that no hand without the root key can append, cut or rewrite what no checkpoint has
 * signed yet: HMAC-SHA256( key, "claviger head v1\n" batch "\n" records "\n" hex(hash) "\n" hex(state digest) "\n" ).
 */
export function headMac(key: HeadKey, { batch, records, hash: chained }: Head, state: Uint8Array): Buffer {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  return key.mac(Buffer.from(`claviger head v1\n${batch}\n${records}\n${hex(chained)}\n${hex(state)}\n`));
}

/** The state digest: the sum of all rows' MACs modulo 2^256. Keyed MACs make it a digest of the set of rows. */
export function addMac(digest: Uint8Array, mac: Uint8Array, sign: 1 | -1): Buffer {
  const sum = Buffer.alloc(32);
  let carry = 0;
  for (let index = 31; index >= 0; index--) {
    const value = (digest[index] ?? 0) + sign * (mac[index] ?? 0) + carry;
    sum[index] = value & 0xff;
    carry = value >> 8;
  }
  return sum;
}
