import { isLoopback } from "../config.ts";

/**
 * Well-known credentials must not be usable by a web page: what a browser sends on behalf of another site, and in
 * development mode a Host that is not a loopback name (DNS rebinding), is refused before authentication.
 * Undefined when the request may pass; else the reason. Header names in lower case.
 */
export function browserRefusal(
  headers: ReadonlyMap<string, readonly string[]>,
  loopbackHostsOnly: boolean,
): string | undefined {
  const sites = headers.get("sec-fetch-site");
  if (sites?.some((site) => site !== "same-origin" && site !== "none")) return "Requests from other sites are refused.";
  const host = headers.get("host")?.[0]?.toLowerCase() ?? "";
  const origins = headers.get("origin");
  if (origins?.some((origin) => hostOf(origin) !== host)) return "Requests from other origins are refused.";
  if (loopbackHostsOnly && !loopbackName(host)) return `The host "${host.slice(0, 128)}" is not a loopback name.`;
  return undefined;
}

/** Undefined for what is no web origin: "null", a file, an extension. */
function hostOf(origin: string): string | undefined {
  const [, host] = /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase()) ?? [];
  return host;
}

function loopbackName(host: string): boolean {
  const name = host.replace(/:\d{1,5}$/, "");
  return name === "[::1]" || /^[a-z0-9.-]+\.localhost$/.test(name) || isLoopback(name);
}
