import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import type { TrailRecord } from "./trail.ts";

/** A file that was delivered: its bucket and key, and what it holds. */
export interface DeliveredFile {
  readonly key: string;
  readonly content: any;
}

function filesBelow(folder: string, kind: string): DeliveredFile[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return paths
    .filter((path) => path.endsWith(".json.gz") && path.includes(`/${kind}/`))
    .toSorted()
    .map((path) => ({
      key: relative(folder, path),
      content: JSON.parse(gunzipSync(readFileSync(path)).toString()) as unknown,
    }));
}

/** In the order of their names, which is the order of their times. */
export const logFiles = (folder: string): DeliveredFile[] => filesBelow(folder, "CloudTrail");
export const digestFiles = (folder: string): DeliveredFile[] => filesBelow(folder, "CloudTrail-Digest");

export const deliveredRecords = (folder: string): TrailRecord[] =>
  logFiles(folder).flatMap(({ content }) => content.Records as TrailRecord[]);

export const eventNames = (folder: string): string[] => deliveredRecords(folder).map(({ eventName }) => eventName);
