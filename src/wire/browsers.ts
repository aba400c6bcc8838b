import type { IncomingMessage } from "node:http";
import { isLoopback } from "../config.ts";

/**
 * Well-known credentials must not be usable by a web page: what a browser sends on behalf of another site, and in
 * development mode a Host that is not a loopback name (DNS rebinding), is refused before authentication.
 * Undefined when the request may pass; else the reason.
 */
export function browserRefusal({ headers }: IncomingMessage, loopbackHostsOnly: boolean): string | undefined {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return "Requests from other sites are refused.";
  const { origin, host = "" } = headers;
  if (origin !== undefined && hostOf(origin) !== host.toLowerCase()) return "Requests from other origins are refused.";
  if (loopbackHostsOnly && !loopbackName(host)) return `The host "${host.slice(0, 128)}" is not a loopback name.`;
  return undefined;
}

function hostOf(origin: string): string | undefined {
  const [, host] = /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase()) ?? [];
  return host;
}

function loopbackName(host: string): boolean {
  const name = host.toLowerCase().replace(/:\d{1,5}$/, "");
  return name === "[::1]" || name.endsWith(".localhost") || isLoopback(name);
}
