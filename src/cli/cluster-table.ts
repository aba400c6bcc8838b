import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { ClusterSetting } from "../config.ts";
import { OperatorError } from "../errors.ts";

/** The table in a file of its own (`claviger dev --clusters FILE`). */
export function readClustersFile(path: string): ClusterSetting[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new OperatorError(`Cannot read the cluster table "${path}": ${(error as Error).message}`);
  }
  return readClusters(content, path, dirname(resolve(path)));
}

const members = ["module", "token", "user", "trustAnchor", "environment", "timeoutMs"];

/** `{ "cluster-…": { "module": "/usr/lib/…/lib.so", "token": "LABEL" } }`; file names are taken from `folder`. */
export function readClusters(given: unknown, path: string, folder: string): ClusterSetting[] {
  const refuse = (why: string): never => {
    throw new OperatorError(`Cannot read the configuration "${path}": ${why}`);
  };
  const object = (value: unknown, what: string): Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : refuse(`${what} must be an object`);
  const text = (value: unknown, what: string): string =>
    typeof value === "string" && value !== "" ? value : refuse(`${what} must be a text`);
  return Object.entries(object(given, '"clusters"')).map(([id, value]) => {
    const what = `the cluster "${id}"`;
    if (!/^cluster-[2-7a-zA-Z]{11,16}$/.test(id))
      refuse(`${what} is not named like AWS's: "cluster-" and 11 to 16 letters or digits from 2 to 7`);
    const entry = object(value, what);
    const extra = Object.keys(entry).find((name) => !members.includes(name));
    if (extra !== undefined) refuse(`${what} has no member "${extra}"`);
    const { user, trustAnchor, environment, timeoutMs } = entry;
    const token = text(entry.token, `the "token" of ${what}`);
    if (Buffer.byteLength(token) > 32) refuse(`the "token" of ${what} must be a label of at most 32 bytes`);
    const whole = typeof timeoutMs === "number" && Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs <= 60_000;
    if (timeoutMs !== undefined && !whole) refuse(`the "timeoutMs" of ${what} must be a whole number from 1 to 60000`);
    const set = Object.entries(environment === undefined ? {} : object(environment, `the "environment" of ${what}`));
    return {
      id,
      module: resolve(folder, text(entry.module, `the "module" of ${what}`)),
      token,
      environment: Object.fromEntries(set.map(([name, to]) => [name, text(to, `"${name}" of ${what}`)])),
      ...(user !== undefined && { user: text(user, `the "user" of ${what}`) }),
      ...(trustAnchor !== undefined && {
        trustAnchorFile: resolve(folder, text(trustAnchor, `the "trustAnchor" of ${what}`)),
      }),
      ...(whole && { timeoutMs }),
    };
  });
}
