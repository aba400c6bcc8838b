import { readFileSync } from "node:fs";
import { type Command, command, noMore } from "./command.ts";

export const version: Command = command(
  `claviger version [--json]

Prints the version of claviger, of Node and of OpenSSL: what belongs in a report about a problem.

  claviger version`,
  { json: "switch" },
  async ({ flags, positionals }, terminal) => {
    noMore(positionals);
    const { node, openssl } = process.versions;
    const claviger = packageVersion();
    const versions = { claviger, node, openssl };
    terminal.print(flags.json ? JSON.stringify(versions) : `claviger ${claviger} (Node ${node}, OpenSSL ${openssl})`);
    return 0;
  },
);

/** package.json stands two folders up, from src/cli and from dist/cli alike. */
function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "?";
}
