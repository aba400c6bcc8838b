import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Call } from "../../operation.ts";
import { invalid } from "./refuse-ebs.ts";

/** Seconds a block token is good for: about seven days; and a page token, in which a list goes on: an hour. */
export const blockTokenSeconds = 585_000;
const pageTokenSeconds = 3600;

/**
 * A token: base64 of 6 bytes expiry (seconds) ‖ 8 random bytes ‖ HMAC-SHA256 over what it stands for, the expiry and
 * the random bytes. Every list gives others, and old ones stay good until they expire.
 */
function makeToken(meaning: string, seconds: number, call: Call): string {
  const head = Buffer.alloc(14);
  head.writeUIntBE(Math.floor(call.now / 1000) + seconds, 0, 6);
  randomBytes(8).copy(head, 6);
  return Buffer.concat([head, macOf(meaning, head, call)]).toString("base64");
}

function holds(token: string, meaning: string, call: Call): boolean {
  const bytes = Buffer.from(token, "base64");
  if (bytes.length !== 46 || bytes.readUIntBE(0, 6) * 1000 < call.now) return false;
  return timingSafeEqual(bytes.subarray(14), macOf(meaning, bytes.subarray(0, 14), call));
}

const macOf = (meaning: string, head: Uint8Array, call: Call): Buffer =>
  createHmac("sha256", call.seal.derive("ebs-token")).update(`${meaning}\n`).update(head).digest();

const blockMeaning = (snapshotId: string, block: number) => `block\n${snapshotId}\n${block}`;

export const blockToken = (snapshotId: string, block: number, call: Call): string =>
  makeToken(blockMeaning(snapshotId, block), blockTokenSeconds, call);

export function checkBlockToken(token: string, snapshotId: string, block: number, call: Call): void {
  if (!holds(token, blockMeaning(snapshotId, block), call))
    invalid("The block token is invalid.", "INVALID_BLOCK_TOKEN");
}

/** Where a list goes on: the number of its next block before the token. */
export const pageToken = (list: string, next: number, call: Call): string =>
  `${makeToken(`page\n${list}\n${next}`, pageTokenSeconds, call)}/${next}`;

export function readPageToken(token: string, list: string, call: Call): number {
  const at = token.lastIndexOf("/");
  const next = Number(token.slice(at + 1));
  if (!Number.isInteger(next) || !holds(token.slice(0, at), `page\n${list}\n${next}`, call))
    return invalid("The page token is invalid.", "INVALID_PAGE_TOKEN");
  return next;
}
