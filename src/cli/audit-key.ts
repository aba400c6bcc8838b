import { readFileSync } from "node:fs";
import type { WrapSetting } from "../config.ts";
import { OperatorError } from "../errors.ts";
import type { Row } from "../store/store.ts";
import { readConfigFile } from "./config-file.ts";

export interface KeyFlags {
  readonly data?: string;
  readonly config?: string;
  readonly "public-key"?: string;
}

/** What a folder's trail is held against: a public key from a file, or everything that its root key tells. */
export interface AuditKeys {
  readonly publicKey: string;
  readonly seed?: Uint8Array;
  readonly macOf?: (row: Row) => Uint8Array;
}

export async function auditKeys(folder: string, flags: KeyFlags): Promise<AuditKeys> {
  const kept = flags["public-key"];
  if (kept !== undefined) return { publicKey: readKey(kept) };
  const { openSeal } = await import("../seal/root-key.ts");
  const { checkpointPublicKey } = await import("../audit/chain.ts");
  // Named as `claviger dev` names it: reading must not add a wrap of another name.
  const development: WrapSetting[] = [{ kind: "file", path: "root.key" }];
  const wraps = flags.config === undefined ? development : (readConfigFile(flags.config).wraps ?? []);
  const seal = openSeal({ folder, wraps, production: false });
  const seed = seal.derive("audit-checkpoint");
  return { publicKey: checkpointPublicKey(seed), seed, macOf: (row) => seal.mac(row) };
}

/** The data folder that a configuration names. */
export const folderOf = ({ data, config }: KeyFlags): string | undefined =>
  data ?? (config === undefined ? undefined : readConfigFile(config).data);

export function readKey(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new OperatorError(`Cannot read the public key "${path}": there is no such file`);
  }
  if (text.includes("-----BEGIN PUBLIC KEY-----")) return text;
  throw new OperatorError(
    `Cannot read the public key "${path}": it is not PEM`,
    "claviger audit public-key writes one",
  );
}
