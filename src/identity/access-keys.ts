import { randomBytes, randomInt } from "node:crypto";
import type { Seal } from "../seal/seal.ts";
import type { Change, Entities } from "../store/entities.ts";
import type { AccessKey } from "./entities.ts";

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const idMask = 0x7fffffffff80n;

/**
 * An access key id carries its account (iam.md, section 5): 16 base32 characters of 10 bytes whose first 6, masked and
 * shifted by 7, are the account's number.
 */
export function mintAccessKeyId(account: string, prefix: "AKIA" | "ASIA"): string {
  const bytes = randomBytes(10);
  const head = (bytes.readUIntBE(0, 6) & 0x7f) + Number((BigInt(account) << 7n) & idMask);
  // The top bit is set in the ids that AWS mints today.
  bytes.writeUIntBE(head + 0x800000000000, 0, 6);
  let bits = BigInt(`0x${bytes.toString("hex")}`);
  let text = "";
  for (let index = 0; index < 16; index++) {
    text = base32.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return prefix + text;
}

/** The account that an access key id carries; undefined when it carries none. */
export function accountOfAccessKeyId(id: string): string | undefined {
  const text = id.slice(4);
  if (!/^[A-Z2-7]{16}$/.test(text)) return undefined;
  let bits = 0n;
  for (const char of text) bits = (bits << 5n) | BigInt(base32.indexOf(char));
  const account = ((bits >> 32n) & idMask) >> 7n;
  return account.toString().padStart(12, "0");
}

/** AIDA… users, AROA… roles, AGPA… groups, ANPA… policies, AIPA… instance profiles. */
export function mintUniqueId(prefix: "AIDA" | "AROA" | "AGPA" | "ANPA" | "AIPA"): string {
  return prefix + Array.from({ length: 17 }, () => base32.charAt(randomInt(32))).join("");
}

/** A secret access key: 40 characters of base64, 240 random bits. */
export const mintSecret = (): string => randomBytes(30).toString("base64");

/** The row of a new access key; its secret is wrapped. */
export function newAccessKey(entities: Entities, seal: Seal, key: AccessKey, secret: string): Change {
  const parent = key.userName === undefined ? `${key.account}/` : `${key.account}/${key.userName.toLowerCase()}`;
  const wrapped = seal.wrap({ kind: "access-key", id: key.id }, Buffer.from(secret));
  return entities.create("access-key", key.id, key, { scope: key.account, parent, secret: wrapped });
}
