import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { OutboundHost } from "../config.ts";
import { OperatorError } from "../errors.ts";

/** The table in a file of its own (`claviger dev --outbound FILE`). */
export function readOutboundFile(path: string): OutboundHost[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new OperatorError(`Cannot read the outbound table "${path}": ${(error as Error).message}`);
  }
  return readOutbound(content, path, dirname(resolve(path)));
}

/** `{ "xks.example.com": { "address": "10.0.0.5:8443", "ca": "ca.pem" } }`; file names are taken from `folder`. */
export function readOutbound(given: unknown, path: string, folder: string): OutboundHost[] {
  return Object.entries(object(given, path, '"outbound"')).map(([host, value]) => {
    if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(host))
      refuse(path, `the outbound host "${host}" is not a host name in lower case`);
    const entry = object(value, path, `the outbound host "${host}"`);
    const extra = Object.keys(entry).find((name) => !["address", "ca", "timeoutMs"].includes(name));
    if (extra !== undefined) refuse(path, `the outbound host "${host}" has no member "${extra}"`);
    const { address, ca, timeoutMs } = entry;
    const match = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]{1,253})):(\d{1,5})$/.exec(String(address));
    const port = Number(match?.[3]);
    if (!match || port < 1 || port > 65_535)
      return refuse(path, `the outbound host "${host}" needs an "address" such as "10.0.0.5:8443"`);
    if (ca !== undefined && (typeof ca !== "string" || ca === ""))
      return refuse(path, `the "ca" of the outbound host "${host}" must name a file`);
    const whole = typeof timeoutMs === "number" && Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs <= 60_000;
    if (timeoutMs !== undefined && !whole)
      return refuse(path, `the "timeoutMs" of the outbound host "${host}" must be a whole number from 1 to 60000`);
    return {
      host,
      address: match[1] ?? match[2]!,
      port,
      ...(ca !== undefined && { caFile: resolve(folder, ca) }),
      ...(whole && { totalMs: timeoutMs }),
    };
  });
}

function object(value: unknown, path: string, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return refuse(path, `${what} must be an object`);
}

function refuse(path: string, why: string): never {
  throw new OperatorError(`Cannot read the configuration "${path}": ${why}`);
}
