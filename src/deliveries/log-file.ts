import { hash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { AccountTrail, LogFile } from "./entities.ts";
import type { Line } from "./selection.ts";

/**
 * Log files as CloudTrail delivers them (iam.md, section 6): the gzip of `{"Records":[…]}` at
 *
 *   [prefix/]AWSLogs/[o-id/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz
 */
export interface WrittenFile extends LogFile {
  readonly bytes: Uint8Array;
}

/** What one file holds before it is compressed, at most; a longer record has a file of its own. */
const fileMostCharacters = 8 * 1024 * 1024;

export const compressed: (bytes: Uint8Array) => Promise<Buffer> = promisify(gzip);

/** The part of an object's key that log files and digest files have in common. `kind`: `CloudTrail`. */
export function folderOf(trail: AccountTrail, account: string, region: string, kind: string, at: number): string {
  const { prefix, organizationId } = trail;
  const day = new Date(at).toISOString().slice(0, 10).replaceAll("-", "/");
  const parts = [prefix, "AWSLogs", organizationId, account, kind, region, day];
  return parts.filter((name) => name !== undefined).join("/");
}

/** `20260131T100000Z`, for a time in milliseconds. */
export const compactTime = (at: number): string =>
  `${new Date(at).toISOString().slice(0, 19).replaceAll("-", "").replaceAll(":", "")}Z`;

/** `seed` is another one for each round of each delivery: the same round makes the same files again. */
export async function logFilesOf(
  lines: readonly Line[],
  trail: AccountTrail,
  { seed, at }: { seed: string; at: number },
): Promise<WrittenFile[]> {
  const [first] = lines;
  if (!first) return [];
  const { recipientAccountId: account, awsRegion: region } = first.record;
  const folder = folderOf(trail, account, region, "CloudTrail", at);
  const minute = `${compactTime(at).slice(0, 13)}Z`;
  const files: WrittenFile[] = [];
  for (const [index, some] of parts(lines).entries()) {
    const unique = uniqueName(`${seed}\n${account}\n${region}\n${index}`);
    const content = Buffer.from(`{"Records":[${some.map(({ text }) => text).join(",")}]}`);
    const times = some.map(({ record }) => record.eventTime).sort();
    files.push({
      bucket: trail.bucket,
      object: `${folder}/${account}_CloudTrail_${region}_${minute}_${unique}.json.gz`,
      hash: hash("sha256", content),
      oldest: times[0] ?? "",
      newest: times.at(-1) ?? "",
      bytes: await compressed(content),
    });
  }
  return files;
}

function parts(lines: readonly Line[]): Line[][] {
  const made: Line[][] = [];
  let size = Infinity;
  for (const line of lines) {
    if (size + line.text.length > fileMostCharacters) {
      made.push([]);
      size = 0;
    }
    made.at(-1)?.push(line);
    size += line.text.length;
  }
  return made;
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Sixteen letters and digits. */
const uniqueName = (seed: string): string =>
  Array.from(hash("sha256", seed, "buffer").subarray(0, 16), (byte) => letters[byte % letters.length]).join("");
