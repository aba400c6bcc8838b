import type { Config } from "../config.ts";
import { OperatorError } from "../errors.ts";
import type { Server } from "../server.ts";
import { UsageError } from "./command.ts";

type Seal = Config["wraps"][number];

/** Resolves when the process is asked to end; asked a second time it ends at once. `times`: how often it was asked. */
export function untilAsked(): { readonly ended: Promise<void>; readonly times: () => number } {
  let asked = () => {};
  const ended = new Promise<void>((resolve) => {
    asked = resolve;
  });
  let times = 0;
  const ask = (signal: NodeJS.Signals) => {
    times += 1;
    if (times > 1) process.exit(signal === "SIGINT" ? 130 : 143);
    asked();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, ask);
  return { ended, times: () => times };
}

/** Starts the server, says where it listens, and stays until it is asked to end. Resolves to the exit code. */
export async function runUntilAsked(config: Config, listening: (server: Server) => void): Promise<number> {
  const { startServer } = await import("../server.ts");
  // Installed before the start: a service that is asked to end while it opens its store ends properly too.
  const { ended, times } = untilAsked();
  const server = await startServer(config);
  if (times() === 0) listening(server);
  await ended;
  await server.close();
  // A standard output that nobody reads would hold the process; what a sink wrote there comes again after the next start.
  if (process.stdout.writableLength > 0) process.exit(0);
  return 0;
}

/** `file:PATH`, `env:NAME`, `passphrase:NAME`: how the command line names one wrap of the root key. */
export function readSeal(text: string): Seal {
  const colon = text.indexOf(":");
  const kind = text.slice(0, Math.max(colon, 0));
  const value = text.slice(colon + 1);
  if (value === "") throw new UsageError(`Cannot understand the seal "${text}": it is KIND:VALUE`, sealHint);
  if (kind === "file") return { kind, path: value };
  if (kind === "env") return { kind, name: value };
  if (kind === "passphrase") return { kind, env: value };
  throw new UsageError(`Cannot understand the seal "${text}": there is no kind "${kind}"`, sealHint);
}

const sealHint = "write file:PATH, env:NAME, or passphrase:NAME (NAME is an environment variable)";

/** `127.0.0.1:4566`, `[::1]:0`, or a port alone. */
export function readListen(text: string): { host?: string; port: string } {
  const match = /^(?:(\[[0-9a-fA-F:]+\]|[^:[\]]+):)?(\d{1,5})$/.exec(text);
  if (!match?.[2]) throw new OperatorError(`Cannot listen on "${text}": it is not HOST:PORT`);
  const host = match[1]?.replace(/^\[|\]$/g, "");
  return { ...(host !== undefined && { host }), port: match[2] };
}
