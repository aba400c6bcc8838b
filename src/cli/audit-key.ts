import { readFileSync } from "node:fs";
import type { WrapSetting } from "../config.ts";
import { OperatorError } from "../errors.ts";
import { readConfigFile } from "./config-file.ts";

export interface KeyFlags {
  readonly data?: string;
  readonly config?: string;
  readonly "public-key"?: string;
}

/** The half of the signing key that may be given away: from a file, or made from the folder's root key. */
export async function auditPublicKey(folder: string, flags: KeyFlags): Promise<string> {
  const kept = flags["public-key"];
  if (kept !== undefined) return readKey(kept);
  const { openSeal } = await import("../seal/root-key.ts");
  const { checkpointPublicKey } = await import("../audit/chain.ts");
  // Named as `claviger dev` names it: reading must not add a wrap of another name.
  const development: WrapSetting[] = [{ kind: "file", path: "root.key" }];
  const wraps = flags.config === undefined ? development : (readConfigFile(flags.config).wraps ?? []);
  const seal = openSeal({ folder, wraps, production: false });
  return checkpointPublicKey(seal.derive("audit-checkpoint"));
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
