import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Settings, WrapSetting } from "../config.ts";
import { OperatorError } from "../errors.ts";
import { readAnchorPlace } from "./anchor-place.ts";
import { readClusters } from "./cluster-table.ts";
import { readOutbound } from "./outbound-table.ts";
import { readRetention } from "./retention.ts";
import { readListen } from "./running.ts";
import { readSinks } from "./sink-setting.ts";

const members: readonly string[] = [
  "data",
  "listen",
  "seals",
  "outbound",
  "sinks",
  "retention",
  "clusters",
  "attestationRoots",
  "anchor",
  "trailFolder",
  "quotas",
  "nbd",
  "boot",
];

const memberOf: Readonly<Record<string, string>> = { file: "path", env: "name", passphrase: "env" };

/** The configuration of `claviger serve`. Every member is known, or the file is refused in a sentence. */
export function readConfigFile(path: string): Settings {
  const content = object(parsed(path), path, "it");
  const folder = dirname(resolve(path));
  for (const name of Object.keys(content))
    if (!members.includes(name))
      refuse(path, `there is no member "${name}"; the members are ${members.map((known) => `"${known}"`).join(", ")}`);
  const {
    data,
    listen,
    seals,
    outbound,
    sinks,
    retention,
    clusters,
    attestationRoots,
    anchor,
    trailFolder,
    quotas,
    nbd,
    boot,
  } = content;
  if (anchor !== undefined && (typeof anchor !== "string" || anchor === ""))
    refuse(path, '"anchor" must name a file or a URL');
  if (trailFolder !== undefined && (typeof trailFolder !== "string" || trailFolder === ""))
    refuse(path, '"trailFolder" must name a folder');
  if (typeof data !== "string" || data === "") refuse(path, '"data" must name the data folder');
  if (listen !== undefined && typeof listen !== "string")
    refuse(path, '"listen" must be a text such as "127.0.0.1:4566"');
  if (retention !== undefined && typeof retention !== "string")
    refuse(path, '"retention" must be a text such as "400d"');
  if (quotas !== undefined && typeof quotas !== "string") refuse(path, '"quotas" must name a Region');
  if (nbd !== undefined && typeof nbd !== "string") refuse(path, '"nbd" must be an IP address');
  if (boot !== undefined && typeof boot !== "string") refuse(path, '"boot" must be "qemu"');
  if (!Array.isArray(seals)) refuse(path, '"seals" must be a list');
  return {
    data: resolve(folder, data),
    ...(listen !== undefined && readListen(listen)),
    wraps: seals.map((seal: unknown, index) => readSealMember(seal, path, index + 1, folder)),
    ...(anchor !== undefined && readAnchorPlace(anchor, (file) => resolve(folder, file), folder)),
    ...(trailFolder !== undefined && { trailFolder: resolve(folder, trailFolder) }),
    ...(quotas !== undefined && { quotas }),
    ...(nbd !== undefined && { nbd }),
    ...(boot !== undefined && { boot }),
    ...(outbound !== undefined && { outbound: readOutbound(outbound, path, folder) }),
    ...(retention !== undefined && { keepMs: readRetention(retention) }),
    ...(sinks !== undefined && { sinks: readSinks(readNames(sinks, path, "sinks"), folder) }),
    ...(attestationRoots !== undefined && {
      attestationRoots: readNames(attestationRoots, path, "attestationRoots").map((name) => resolve(folder, name)),
    }),
    ...(clusters !== undefined && { clusters: readClusters(clusters, path, folder) }),
  };
}

function readNames(given: unknown, path: string, member: string): string[] {
  const named = Array.isArray(given) && given.every((name) => typeof name === "string" && name !== "");
  return named ? (given as string[]) : refuse(path, `"${member}" must be a list of texts`);
}

function readSealMember(given: unknown, path: string, number: number, folder: string): WrapSetting {
  const seal = object(given, path, `seal ${number}`);
  const kind = String(seal.kind);
  const member = Object.hasOwn(memberOf, kind) ? memberOf[kind] : undefined;
  if (member === undefined) refuse(path, `seal ${number} has no known "kind"; the kinds are file, env and passphrase`);
  const value = seal[member];
  if (typeof value !== "string" || value === "") refuse(path, `seal ${number} of kind "${kind}" needs "${member}"`);
  const extra = Object.keys(seal).find((name) => name !== "kind" && name !== member);
  if (extra !== undefined) refuse(path, `seal ${number} has no member "${extra}"`);
  if (kind === "file") return { kind, path: resolve(folder, value) };
  return kind === "env" ? { kind, name: value } : { kind: "passphrase", env: value };
}

function parsed(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    refuse(
      path,
      (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (error as Error).message,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    refuse(path, `it is not JSON: ${(error as Error).message}`);
  }
}

function object(value: unknown, path: string, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return refuse(path, `${what} must be an object`);
}

function refuse(path: string, why: string): never {
  throw new OperatorError(`Cannot read the configuration "${path}": ${why}`, "claviger help serve shows one");
}
