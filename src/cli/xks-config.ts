import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { OperatorError } from "../errors.ts";
import type { SigningCredentials } from "../sigv4/sign.ts";
import type { ProxyListen } from "../xks/listener.ts";
import type { Terminal } from "./command.ts";
import { readListen } from "./running.ts";

export interface XksConfig {
  readonly listen: ProxyListen;
  readonly prefix: string;
  readonly credentials: readonly SigningCredentials[];
  /** The name on the other side → key id, alias or ARN here. */
  readonly keys: ReadonlyMap<string, string>;
  /** How long the installation may take over an answer, milliseconds. */
  readonly timeoutMs: number;
}

const members = ["listen", "tls", "prefix", "credentials", "keys", "timeoutMs"];

/** Shorter than what the other KMS waits: it must hear from the proxy why. */
const answerMs = 200;

/** The configuration of `claviger xks serve`; names of files are taken from where it stands. Throws OperatorError. */
export function readXksConfig(path: string, env: Terminal["env"]): XksConfig {
  const refuse = (why: string): never => {
    throw new OperatorError(`Cannot read the configuration "${path}": ${why}`, "claviger help xks shows one");
  };
  const object = (value: unknown, what: string): Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : refuse(`${what} must be an object`);
  const text = (value: unknown, what: string): string =>
    typeof value === "string" && value !== "" ? value : refuse(`${what} must be a text`);
  const file = (name: unknown, what: string): Buffer => {
    const place = resolve(dirname(resolve(path)), text(name, what));
    try {
      return readFileSync(place);
    } catch (error) {
      return refuse(`${what}: ${(error as Error).message}`);
    }
  };
  const content = object(parsed(path, refuse), "it");
  const extra = Object.keys(content).find((name) => !members.includes(name));
  if (extra !== undefined) refuse(`there is no member "${extra}"`);
  const tls = object(content.tls, '"tls"');
  const { host = "127.0.0.1", port } = readListen(text(content.listen ?? "127.0.0.1:8443", '"listen"'));
  const prefix = content.prefix === undefined ? "" : text(content.prefix, '"prefix"');
  if (!/^(\/[a-zA-Z0-9_-]+)*$/.test(prefix)) refuse('"prefix" must be like "/example"');
  const keys = Object.entries(object(content.keys, '"keys"'));
  for (const [name, keyId] of keys)
    if (!/^[a-zA-Z0-9._-]{1,128}$/.test(name) || /^\.\.?$/.test(name) || typeof keyId !== "string" || keyId === "")
      refuse(`"keys" must map names of letters, digits, ".", "_" and "-" to keys: "${name}" does not`);
  const { timeoutMs = answerMs } = content;
  if (typeof timeoutMs !== "number" || !Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 60_000)
    return refuse('"timeoutMs" must be a whole number from 1 to 60000');
  if (!Array.isArray(content.credentials) || content.credentials.length === 0)
    return refuse('"credentials" must be a list of at least one');
  return {
    listen: { host, port: Number(port), cert: file(tls.cert, '"cert"'), key: file(tls.key, '"key"') },
    prefix,
    timeoutMs,
    keys: new Map(keys as [string, string][]),
    credentials: content.credentials.map((given: unknown, index) => {
      const what = `credential ${index + 1}`;
      const { accessKeyId, secretFile, secretEnv } = object(given, what);
      const id = text(accessKeyId, `the "accessKeyId" of ${what}`);
      const secret =
        secretFile === undefined
          ? env[text(secretEnv, `the "secretFile" or "secretEnv" of ${what}`)]
          : file(secretFile, `the "secretFile" of ${what}`).toString("utf8").trim();
      if (!/^[A-Z2-7]{20,30}$/.test(id)) refuse(`the "accessKeyId" of ${what} must be 20 to 30 of A-Z and 2-7`);
      if (secret === undefined || !/^[a-zA-Z0-9/+=]{43,64}$/.test(secret))
        return refuse(`the secret of ${what} must be 43 to 64 letters, digits, "/", "+" and "="`);
      return { accessKeyId: id, secretAccessKey: secret };
    }),
  };
}

function parsed(path: string, refuse: (why: string) => never): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return refuse((error as Error).message);
  }
}
