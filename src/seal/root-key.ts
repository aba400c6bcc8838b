import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { WrapSetting } from "../config.ts";
import { OperatorError } from "../errors.ts";
import { RootSeal } from "./root-seal.ts";
import type { Seal } from "./seal.ts";
import {
  refuseInside,
  type StoredWrap,
  unwrapRoot,
  wrapName,
  wrapRoot,
  wrapSecret,
  writeExclusive,
} from "./root-wraps.ts";

export interface SealSettings {
  readonly folder: string;
  readonly wraps: readonly WrapSetting[];
  /** A root-key file inside the data folder is refused. */
  readonly production: boolean;
}

const fileName = "root-wraps.json";

/**
 * Opens the root key with the first configured wrap that works, in order; makes root key and wraps in a folder that
 * has none; adds the wraps that are configured but not there yet. Throws OperatorError.
 */
export function openSeal(settings: SealSettings): Seal {
  mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
  for (const setting of settings.wraps)
    if (settings.production && setting.kind === "file") refuseInside(settings.folder, setting.path);
  const path = join(settings.folder, fileName);
  const stored = existsSync(path) ? readWraps(path) : undefined;
  if (!stored && existsSync(join(settings.folder, "claviger.db")))
    throw new OperatorError(
      `Cannot open "${settings.folder}": its ${fileName} is missing`,
      "restore it from a backup: without it the stored keys cannot be opened",
    );
  const root = stored ? unwrapAny(stored, settings, path) : randomBytes(32);
  const wraps = completed(stored ?? [], root, settings);
  if (!stored || wraps.length > stored.length) writeWraps(path, wraps);
  const seal = new RootSeal(root);
  root.fill(0);
  return seal;
}

function unwrapAny(stored: readonly StoredWrap[], settings: SealSettings, path: string): Buffer {
  for (const setting of settings.wraps) {
    const secret = wrapSecret(setting, settings.folder, false);
    if (!secret) continue;
    for (const wrap of stored) {
      if (wrap.kind !== setting.kind) continue;
      const root = unwrapRoot(wrap, secret);
      if (root) return root;
    }
  }
  const tried = settings.wraps.map((setting) => `${setting.kind} "${wrapName(setting)}"`).join(", ");
  const there = stored.map(({ kind, name }) => `${kind} "${name}"`).join(", ");
  throw new OperatorError(`Cannot unwrap the root key in "${path}" with ${tried}`, `it is wrapped by ${there}`);
}

/** A wrap for every configured way that is at hand and not stored yet. */
function completed(stored: readonly StoredWrap[], root: Buffer, settings: SealSettings): StoredWrap[] {
  const wraps = [...stored];
  for (const setting of settings.wraps) {
    if (wraps.some(({ kind, name }) => kind === setting.kind && name === wrapName(setting))) continue;
    const secret = wrapSecret(setting, settings.folder, true);
    if (secret) wraps.push(wrapRoot(setting, root, secret));
    else if (stored.length === 0)
      throw new OperatorError(`Cannot wrap the root key: the environment variable ${wrapName(setting)} is not set`);
  }
  return wraps;
}

function readWraps(path: string): StoredWrap[] {
  try {
    const { version, wraps } = JSON.parse(readFileSync(path, "utf8")) as { version: number; wraps: StoredWrap[] };
    if (version === 1 && Array.isArray(wraps) && wraps.length > 0) return wraps;
  } catch {
    // Said below, in a sentence.
  }
  throw new OperatorError(
    `Cannot read the root key's wraps in "${path}": the file is damaged`,
    "restore it from a backup",
  );
}

function writeWraps(path: string, wraps: readonly StoredWrap[]): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  writeExclusive(fresh, `${JSON.stringify({ version: 1, wraps }, null, 2)}\n`);
  renameSync(fresh, path);
}
