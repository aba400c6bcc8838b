import { argon2Sync, randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { WrapSetting } from "../config.ts";
import { nonceBytes, open, seal } from "../crypto/aead.ts";
import { deriveKey, framed } from "../crypto/kdf.ts";
import { OperatorError } from "../errors.ts";

/**
 * root-wraps.json, mode 0600: the root key, wrapped any number of times; each wrap alone is enough.
 *
 *   { "version": 1, "wraps": [{ "name", "kind", "salt"?, "memoryKiB"?, "passes"?, "nonce", "sealed" }] }
 *
 * `sealed` = AES-256-GCM-SIV of the 32-byte root key under a key derived from the wrap's secret, with version, name and
 * kind as associated data. All binary members are base64.
 */
export interface StoredWrap {
  readonly name: string;
  readonly kind: WrapSetting["kind"];
  readonly salt?: string;
  readonly memoryKiB?: number;
  readonly passes?: number;
  readonly nonce: string;
  readonly sealed: string;
}

const associatedOf = ({ name, kind }: Pick<StoredWrap, "name" | "kind">): Buffer =>
  framed(["claviger root wrap v1", name, kind]);

/** What tells wraps apart for people: never a secret. */
export const wrapName = (setting: WrapSetting): string =>
  setting.kind === "file" ? setting.path : setting.kind === "env" ? setting.name : setting.env;

export function wrapRoot(setting: WrapSetting, root: Uint8Array, secret: Buffer): StoredWrap {
  const nonce = randomBytes(nonceBytes);
  const salted =
    setting.kind === "passphrase" ? { salt: randomBytes(16).toString("base64"), memoryKiB: 65_536, passes: 3 } : {};
  const wrap = { name: wrapName(setting), kind: setting.kind, ...salted, nonce: nonce.toString("base64") };
  return { ...wrap, sealed: seal(wrapKey(wrap, secret), nonce, associatedOf(wrap), root).toString("base64") };
}

/** Undefined when this secret does not open this wrap. */
export function unwrapRoot(wrap: StoredWrap, secret: Buffer): Buffer | undefined {
  const bytes = (text: string) => Buffer.from(text, "base64");
  return open(wrapKey(wrap, secret), bytes(wrap.nonce), associatedOf(wrap), bytes(wrap.sealed));
}

function wrapKey(wrap: Omit<StoredWrap, "sealed">, secret: Buffer): Buffer {
  if (wrap.kind !== "passphrase") return deriveKey(secret, "claviger root wrap v1", Buffer.from(wrap.kind), 32);
  const nonce = Buffer.from(wrap.salt ?? "", "base64");
  const { memoryKiB = 65_536, passes = 3 } = wrap;
  if (memoryKiB > 4 * 1024 * 1024 || passes > 100)
    throw new OperatorError("Cannot read the root key's wraps: the cost of a passphrase is out of bounds");
  return argon2Sync("argon2id", { message: secret, nonce, parallelism: 1, tagLength: 32, memory: memoryKiB, passes });
}

/**
 * The secret behind a wrap: 32 bytes for file and env, the text for a passphrase. Undefined when it is not there now.
 * A file that is missing is made (exclusively, 0600) when `create` says so.
 */
export function wrapSecret(setting: WrapSetting, folder: string, create: boolean): Buffer | undefined {
  if (setting.kind === "file") return fileSecret(keyFile(setting.path, folder), create);
  const name = setting.kind === "env" ? setting.name : setting.env;
  const text = process.env[name];
  if (text === undefined || text === "") return undefined;
  return setting.kind === "env" ? rootKeyFrom(text.trim(), `the environment variable ${name}`) : Buffer.from(text);
}

export const keyFile = (path: string, folder: string): string => (isAbsolute(path) ? path : join(folder, path));

export function refuseInside(folder: string, path: string): void {
  const inside = relative(resolve(folder), resolve(keyFile(path, folder)));
  if (inside.startsWith("..") || isAbsolute(inside)) return;
  throw new OperatorError(
    `Cannot serve with the root key "${path}" inside the data folder: whoever copies the folder has the key too`,
    "keep it elsewhere, such as /etc/claviger/root.key",
  );
}

function fileSecret(path: string, create: boolean): Buffer | undefined {
  if (!existsSync(path)) {
    if (!create) return undefined;
    writeExclusive(path, `${randomBytes(32).toString("base64")}\n`);
  }
  if ((statSync(path).mode & 0o077) !== 0)
    throw new OperatorError(`Cannot use the root key "${path}": others can read it`, `chmod 600 "${path}"`);
  return rootKeyFrom(readFileSync(path, "latin1").trim(), `the file "${path}"`);
}

/** Base64 or hexadecimal of 32 bytes: the form is recognised first, so that a wrong one is named and not half read. */
function rootKeyFrom(text: string, where: string): Buffer {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, "hex");
  if (/^[A-Za-z0-9+/]{43}=$/.test(text)) return Buffer.from(text, "base64");
  throw new OperatorError(
    `Cannot read a root key from ${where}: it has ${text.length} characters and is neither base64 nor hexadecimal of 32 bytes`,
    "make one with: openssl rand -base64 32",
  );
}

/** Durable before it is believed: written, synced, and its folder synced; never over an existing file. */
export function writeExclusive(path: string, text: string): void {
  const file = openSync(path, "wx", 0o600);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
}
