import { readFileSync } from "node:fs";
import { Agent as PlainAgent, request as httpRequest } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import type { OutboundHost } from "../config.ts";
import { OperatorError } from "../errors.ts";
import { readAnswer } from "./answer.ts";
import { OutboundFailure } from "./failure.ts";
import { publicLookup } from "./lookup.ts";
import { isPublicAddress } from "./addresses.ts";
import { connectTls } from "./tls-connection.ts";

/** A call that leaves this installation. Both limits are required: nothing is waited for, or read, without end. */
export interface OutboundRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** `https://host/path`. The operator's table decides where the host is; without an entry it must be public. */
  readonly url: string;
  /** Host and Content-Length are added; Host is the URL's. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** From the name's resolution to the answer's last byte, unless the operator's table says otherwise. */
  readonly totalMs: number;
  readonly answerMostBytes: number;
}

export interface OutboundAnswer {
  readonly status: number;
  /** Lower-case names, values of one name joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** The one way out. `send` throws OutboundFailure and nothing else. */
export interface Outbound {
  send(request: OutboundRequest): Promise<OutboundAnswer>;
  /** A TLS connection to `host:port`, verified, for protocols other than HTTP. Throws OutboundFailure. */
  connect(host: string, port: number, totalMs: number): Promise<TLSSocket>;
  /** Whether the operator's table has an entry for the host. */
  maps(host: string): boolean;
  /** Drops the connections that are kept for the next call. */
  close(): void;
}

/** Calls under way at most: more than this many wait on something that does not answer. */
const underWayMost = 1000;
const socketsMostByHost = 128;

interface Place extends Pick<ConnectionOptions, "host" | "port" | "servername" | "ca" | "lookup"> {
  readonly totalMs?: number;
  /** Without TLS: to this machine itself. */
  readonly plain?: true;
}

/**
 * The gate for calls that leave: HTTPS with verified certificates; the operator's table of hosts is the only way to a
 * private address; an address is checked after its name is resolved, and it is the checked one that is connected to;
 * redirects are failures. Throws OperatorError for a certificate file that cannot be read.
 */
export function openOutbound(hosts: readonly OutboundHost[]): Outbound {
  const table = new Map(hosts.map((entry) => [entry.host.toLowerCase(), placeOf(entry)]));
  const agent = new Agent({
    keepAlive: true,
    maxSockets: socketsMostByHost,
    maxFreeSockets: 16,
    timeout: 30_000,
    autoSelectFamilyAttemptTimeout: 100,
  });
  const plainAgent = new PlainAgent({ keepAlive: true, maxSockets: socketsMostByHost, maxFreeSockets: 16 });
  let underWay = 0;
  const send = async (request: OutboundRequest): Promise<OutboundAnswer> => {
    const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
    const listed = url && table.get(bare(url.hostname));
    if (!url || url.protocol !== (listed?.plain ? "http:" : "https:") || url.username !== "" || url.password !== "")
      throw new OutboundFailure("forbidden", "it is no https URL");
    const place = listed ?? publicPlace(bare(url.hostname), url.port);
    if (underWay >= underWayMost) throw new OutboundFailure("busy", `${underWayMost} calls are under way`);
    underWay += 1;
    try {
      return await exchange(place.plain ? plainAgent : agent, url, place, request);
    } finally {
      underWay -= 1;
    }
  };
  const connect = async (host: string, port: number, totalMs: number): Promise<TLSSocket> => {
    const {
      totalMs: told,
      plain: _never,
      ...place
    } = table.get(host) ?? publicPlace(host, port === 443 ? "" : String(port));
    return await connectTls(place, told ?? totalMs);
  };
  const close = () => {
    agent.destroy();
    plainAgent.destroy();
  };
  return { send, connect, maps: (host) => table.has(host.toLowerCase()), close };
}

/** URLs write IPv6 addresses in brackets. */
const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, "");

function placeOf({ host, address, port, caFile, totalMs, plain }: OutboundHost): Place {
  const servername = isIP(host) === 0 ? host : "";
  const place = { host: address, port, servername, ...(totalMs !== undefined && { totalMs }), ...(plain && { plain }) };
  if (caFile === undefined) return place;
  try {
    return { ...place, ca: readFileSync(caFile) };
  } catch (error) {
    throw new OperatorError(
      `Cannot read the certificates "${caFile}" for the host "${host}": ${(error as Error).message}`,
    );
  }
}

function publicPlace(host: string, port: string): Place {
  if (port !== "") throw new OutboundFailure("forbidden", "a port other than 443 needs an entry in the outbound table");
  const literal = isIP(host) !== 0;
  if (literal && !isPublicAddress(host)) throw new OutboundFailure("forbidden", "the address is not public");
  return { host, port: 443, servername: literal ? "" : host, lookup: publicLookup };
}

function exchange(
  agent: Agent | PlainAgent,
  url: URL,
  { totalMs, plain, ...place }: Place,
  request: OutboundRequest,
): Promise<OutboundAnswer> {
  const deadline = AbortSignal.timeout(totalMs ?? request.totalMs);
  const once = (again: boolean): Promise<OutboundAnswer> =>
    new Promise((resolve, reject) => {
      const outgoing = (plain ? httpRequest : httpsRequest)({
        ...place,
        agent,
        method: request.method,
        path: `${url.pathname}${url.search}`,
        headers: { ...request.headers, Host: url.host, "Content-Length": request.body?.length ?? 0 },
        setHost: false,
        minVersion: "TLSv1.2",
        // Said here so that no environment variable can say otherwise.
        rejectUnauthorized: true,
        maxHeaderSize: 16 * 1024,
        signal: deadline,
      });
      outgoing.on("response", (incoming) => {
        readAnswer(incoming, request.answerMostBytes).then(resolve, failed);
      });
      const failed = (error: unknown): void => {
        // A kept connection that the other side closed meanwhile: the request was never taken.
        const stale = outgoing.reusedSocket && (error as NodeJS.ErrnoException).code === "ECONNRESET";
        if (again && stale && !deadline.aborted) once(false).then(resolve, reject);
        else reject(OutboundFailure.of(error, deadline.aborted));
        outgoing.destroy();
      };
      outgoing.on("error", failed);
      outgoing.end(request.body);
    });
  return once(true);
}
