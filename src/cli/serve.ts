import { readConfig } from "../config.ts";
import { type Command, command, noMore, UsageError } from "./command.ts";
import { readConfigFile } from "./config-file.ts";
import { runUntilAsked } from "./running.ts";

const help = `claviger serve --config FILE

Runs the service for others. The configuration is a JSON file; names of files in it are taken from where it stands:

  {
    "data": "/var/lib/claviger",
    "listen": "127.0.0.1:4566",
    "seals": [
      { "kind": "file", "path": "/etc/claviger/root.key" },
      { "kind": "passphrase", "env": "CLAVIGER_PASSPHRASE" }
    ]
  }

Each seal alone opens the root key; have two, so that losing one is not losing everything. Kinds: "file" with "path",
"env" with "name" (an environment variable that holds 32 bytes in base64), "passphrase" with "env".
The root key is never kept inside the data folder. No credentials are seeded: claviger init makes the first account.
Beyond loopback the service refuses to listen until it speaks TLS.

  claviger init --config claviger.json
  claviger serve --config claviger.json`;

export const serve: Command = command(help, { config: "text" }, async ({ flags, positionals }, terminal) => {
  noMore(positionals);
  if (flags.config === undefined) throw new UsageError("Cannot serve without --config FILE");
  const config = readConfig("production", readConfigFile(flags.config));
  return await runUntilAsked(config, ({ url, house }) => {
    terminal.print(`Listening on ${url}`);
    if (!house.entities.get("installation", "operator"))
      terminal.warn("There is no account yet, so nobody can sign a call. Stop, and run claviger init.");
  });
});
