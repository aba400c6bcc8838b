import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** Published vectors, beside every checkout that is tested. */
const folder = new URL("../../shared/vectors/", import.meta.url);

/** For `test(…, { skip }, …)`: says in one line why, or false. */
export const withoutVectors: string | false = existsSync(folder)
  ? false
  : "the published vectors (../shared/vectors) are not here";

/** The cases of the SigV4 suite by name: file name → text. */
export function sigv4Cases(): readonly (readonly [name: string, files: Readonly<Record<string, string>>])[] {
  const text = readFileSync(new URL("sigv4.json", folder), "utf8");
  return some(Object.entries(JSON.parse(text) as Record<string, Record<string, string>>));
}

export interface WycheproofCase {
  readonly tcId: number;
  readonly comment: string;
  readonly result: "valid" | "invalid" | "acceptable";
  /** Hexadecimal inputs and outputs, named as the suite names them. */
  readonly [name: string]: unknown;
}

export interface WycheproofGroup {
  readonly tests: readonly WycheproofCase[];
  readonly [name: string]: unknown;
}

/** `aes_gcm_siv` → the groups of wycheproof/aes_gcm_siv_test.json.gz. */
export function wycheproof(name: string): readonly WycheproofGroup[] {
  const text = gunzipSync(readFileSync(new URL(`wycheproof/${name}_test.json.gz`, folder))).toString("utf8");
  return some((JSON.parse(text) as { testGroups: WycheproofGroup[] }).testGroups);
}

/** A loader that finds nothing would prove nothing. */
function some<T>(found: readonly T[]): readonly T[] {
  if (found.length === 0) throw new Error("the vectors hold no case");
  return found;
}
