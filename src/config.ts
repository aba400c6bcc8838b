import { isIP } from "node:net";
import { OperatorError } from "./errors.ts";

/** How one wrap of the root key is obtained: see seal/root-key.ts. Names and paths only, never the secret itself. */
export type WrapSetting =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "passphrase"; readonly env: string };

/** The operator's word on where a host is: the only way to a private address (outbound/gate.ts). */
export interface OutboundHost {
  /** As it stands in URLs. */
  readonly host: string;
  /** An IP address, or a name that this machine resolves. */
  readonly address: string;
  readonly port: number;
  /** PEM: the only authorities that may vouch for the host. Without it, those that the world trusts. */
  readonly caFile?: string;
  /** How long a call to it may take, instead of what its protocol says; milliseconds. */
  readonly totalMs?: number;
  /** Plain HTTP: for a sink on this very machine. */
  readonly plain?: true;
}

/** Where a copy of every record goes (sinks/). Paths and URLs only, never a secret itself. */
export interface SinkSetting {
  readonly kind: "stdout" | "file" | "syslog" | "https" | "otlp";
  /** As it is shown, and as its place in the trail is remembered: never with the part of a URL that may be a secret. */
  readonly name: string;
  /** A path, or a URL. */
  readonly target: string;
  /** PEM: the only authorities that may vouch for the other side. */
  readonly caFile?: string;
  /** Its content is sent as `Authorization: Bearer …`; read for every request. */
  readonly bearerFile?: string;
  /** How a batch is written to an https sink. */
  readonly format: "ndjson" | "array";
  /** Where a sink begins that has not taken anything yet. */
  readonly from: "start" | "now";
  /** Records that pruning leaves for it; beyond them it is passed by. */
  readonly waits: number;
}

/** A PKCS#11 token that stands for a CloudHSM cluster (pkcs11/open.ts). */
export interface ClusterSetting {
  /** `cluster-…` */
  readonly id: string;
  /** Path of the module, a shared library. */
  readonly module: string;
  /** The token's label. */
  readonly token: string;
  /** Modules that want to be told the user's name take the PIN as `user:password`. */
  readonly user?: string;
  /** PEM: the certificate that a store's TrustAnchorCertificate must be. */
  readonly trustAnchorFile?: string;
  /** Environment variables for the module's process, beside PATH, HOME and the like. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface Config {
  readonly mode: "development" | "production";
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  /** The data folder. */
  readonly folder: string;
  /** Nothing is kept: the folder is a temporary one, removed at the end. */
  readonly ephemeral: boolean;
  readonly seedFile?: string;
  /** A file outside the data folder in which the newest checkpoint is kept. */
  readonly anchor?: string;
  /** Where the newest checkpoint is PUT. */
  readonly anchorUrl?: SinkSetting;
  /** Where log files and digest files of trails go, a folder for each bucket; absent: `buckets` in the data folder. */
  readonly trailFolder?: string;
  /** Records older than this are pruned, milliseconds; absent: all are kept. */
  readonly keepMs?: number;
  /** Development beyond loopback: well-known credentials are off, generated ones are printed. */
  readonly allowRemote: boolean;
  /** A real Region whose request quotas apply everywhere here; absent: none do. */
  readonly quotas?: string;
  readonly wraps: readonly WrapSetting[];
  readonly outbound: readonly OutboundHost[];
  readonly sinks: readonly SinkSetting[];
  readonly clusters: readonly ClusterSetting[];
  /** Attached volumes on TCP instead of Unix sockets; in production with TLS and a key for each attachment. */
  readonly nbd?: { readonly host: string; readonly tls: boolean };
  /** What boots instances that run; absent: nothing does. */
  readonly boot?: "qemu";
  /** PEM files: whom attestation documents are believed, beside the root of development mode. */
  readonly attestationRoots: readonly string[];
}

/** What `claviger dev` and `claviger serve` know from flags and the configuration file, before any default. */
export interface Settings {
  host?: string | undefined;
  port?: string | number | undefined;
  data?: string | undefined;
  ephemeral?: boolean | undefined;
  seed?: string | undefined;
  anchor?: string | undefined;
  anchorUrl?: SinkSetting | undefined;
  trailFolder?: string | undefined;
  allowRemote?: boolean | undefined;
  wraps?: readonly WrapSetting[] | undefined;
  quotas?: string | undefined;
  outbound?: readonly OutboundHost[] | undefined;
  keepMs?: number | undefined;
  sinks?: readonly SinkSetting[] | undefined;
  clusters?: readonly ClusterSetting[] | undefined;
  attestationRoots?: readonly string[] | undefined;
  /** `--nbd-tcp`: attached volumes on ports of the loopback address, in development mode. */
  nbdTcp?: boolean | undefined;
  /** Address of the ports on which attached volumes are served over TLS. */
  nbd?: string | undefined;
  boot?: string | undefined;
}

/** Contradictions are refused here, in a sentence. */
export function readConfig(mode: Config["mode"], settings: Settings): Config {
  const host = settings.host ?? "127.0.0.1";
  const loopback = isLoopback(host);
  if (mode === "production" && !loopback)
    throw new OperatorError(
      `Cannot listen on "${host}": serving beyond loopback needs TLS`,
      "listen on 127.0.0.1 behind a proxy that terminates TLS on the same machine",
    );
  if (mode === "development" && !loopback && !settings.allowRemote)
    throw new OperatorError(
      `Cannot listen on "${host}" in development mode`,
      "add --allow-remote, which replaces the well-known credentials by generated ones",
    );
  if (mode === "production" && (settings.ephemeral || settings.seed))
    throw new OperatorError("Cannot serve with --ephemeral or --seed: they belong to development mode");
  if (settings.ephemeral && settings.data !== undefined)
    throw new OperatorError("Cannot combine --ephemeral with --data: an ephemeral server keeps nothing");
  if (settings.quotas !== undefined && !/^[a-z]{2}(-[a-z]{1,16}){1,2}-\d{1,2}$/.test(settings.quotas))
    throw new OperatorError(
      `Cannot take the request quotas of "${settings.quotas}": it is not the name of a Region`,
      "write one such as us-east-1",
    );
  const wraps = settings.wraps ?? [];
  if (mode === "production" && wraps.length === 0)
    throw new OperatorError(
      "Cannot serve without a seal",
      'name one in the configuration: "seals": [{ "kind": "file", "path": "/etc/claviger/root.key" }]',
    );
  return {
    mode,
    host,
    port: readPort(settings.port),
    folder: settings.data ?? ".claviger",
    ephemeral: settings.ephemeral ?? false,
    ...(settings.seed !== undefined && { seedFile: settings.seed }),
    ...(settings.anchor !== undefined && { anchor: settings.anchor }),
    ...(settings.anchorUrl !== undefined && { anchorUrl: settings.anchorUrl }),
    ...(settings.trailFolder !== undefined && { trailFolder: settings.trailFolder }),
    ...(settings.quotas !== undefined && { quotas: settings.quotas }),
    ...nbdOf(mode, settings),
    ...bootOf(settings),
    ...(settings.keepMs !== undefined && { keepMs: settings.keepMs }),
    allowRemote: settings.allowRemote ?? false,
    wraps: wraps.length > 0 ? wraps : [{ kind: "file", path: "root.key" }],
    outbound: settings.outbound ?? [],
    sinks: settings.sinks ?? [],
    clusters: settings.clusters ?? [],
    attestationRoots: settings.attestationRoots ?? [],
  };
}

function nbdOf(mode: Config["mode"], { nbdTcp, nbd }: Settings): Pick<Config, "nbd"> {
  if (nbdTcp && mode === "production")
    throw new OperatorError(
      "Cannot serve volumes with --nbd-tcp: it belongs to development mode",
      'name an address in the configuration, "nbd": "10.0.0.5": TLS and a key for each attachment come with it',
    );
  if (nbdTcp) return { nbd: { host: "127.0.0.1", tls: false } };
  if (nbd === undefined) return {};
  if (isIP(nbd) === 0) throw new OperatorError(`Cannot serve volumes on "${nbd}": it is not an IP address`);
  return { nbd: { host: nbd, tls: true } };
}

function bootOf({ boot, nbdTcp, nbd }: Settings): Pick<Config, "boot"> {
  if (boot === undefined) return {};
  if (boot !== "qemu") throw new OperatorError(`Cannot boot instances under "${boot}"`, `there is "qemu" alone`);
  if (nbdTcp || nbd) throw new OperatorError(`Cannot boot instances under "qemu": their volumes are served over TCP`);
  return { boot };
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function readPort(given: string | number | undefined): number {
  const port = Number(given ?? 4566);
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || given === "")
    throw new OperatorError(`Cannot listen on port "${given}": it is not a number from 0 to 65535`);
  return port;
}
