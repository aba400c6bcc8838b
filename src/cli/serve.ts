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
    ],
    "outbound": { "xks.example.com": { "address": "10.0.0.5:8443", "ca": "xks-ca.pem" } },
    "sinks": ["file:/var/log/claviger/audit.jsonl", "https://siem.example.com/in#bearer=siem-token&ca=siem-ca.pem"],
    "clusters": { "cluster-a2b3c4d5e6f": { "module": "/usr/lib/softhsm/libsofthsm2.so", "token": "claviger" } },
    "attestationRoots": ["aws-nitro-root.pem"]
  }

Each seal alone opens the root key; have two, so that losing one is not losing everything. Kinds: "file" with "path",
"env" with "name" (an environment variable that holds 32 bytes in base64), "passphrase" with "env".
The root key is never kept inside the data folder. No credentials are seeded: claviger init makes the first account.
"attestationRoots", which may be left out, names files with the root certificates that attestation documents of
recipients must come from (AWS publishes that of Nitro Enclaves).
"clusters", which may be left out, says which PKCS#11 token stands for which CloudHSM cluster.
"outbound", which may be left out, says where hosts are that the service calls (external key stores), and which
certificates vouch for them; a host that is not in it must have a public address, and listens on port 443.
"trailFolder", which may be left out, is where CloudTrail's log files and digest files go: a folder for each bucket.
"retention", which may be left out, is for how long records of the trail are kept: "400d". Older ones are pruned.
"sinks", which may be left out, says where a copy of every record goes: claviger help sinks.
"quotas", which may be left out, is the name of a Region ("us-east-1") whose request quotas apply, by account.
"nbd", which may be left out, is an IP address on whose ports attached volumes are served over TLS, each with a key of its
own that claviger volumes tells; without it they are Unix sockets in the data folder, for this machine alone.
"boot", which may be left out, is "qemu": instances that run are booted from their volumes (docs/volumes.md).
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
