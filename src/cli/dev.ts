import { readConfig } from "../config.ts";
import type { Server } from "../server.ts";
import { type Command, command, noMore } from "./command.ts";
import { readAnchorPlace } from "./anchor-place.ts";
import { readClustersFile } from "./cluster-table.ts";
import { readOutboundFile } from "./outbound-table.ts";
import { readRetention } from "./retention.ts";
import { readSeal, runUntilAsked } from "./running.ts";
import { readSinks } from "./sink-setting.ts";

const help = `claviger dev [--port N] [--host ADDRESS] [--data DIR | --ephemeral] [--seed FILE] [--seal KIND:VALUE ...]
             [--anchor FILE|URL] [--retention DAYS] [--trail-folder DIR] [--sink SINK ...] [--outbound FILE] [--clusters FILE]
             [--quotas REGION] [--boot qemu] [--allow-remote]

Runs the service on this machine, over plain HTTP, for development and tests. NOT FOR PRODUCTION: anybody who reaches
the port may use the well-known credentials. Policies, signatures and the audit trail are as strict as everywhere.

Account 000000000000 has the access key "test" with the secret "test". Any other account comes into being when a
twelve-digit account number is used as access key id, with the secret "test".

  --port N          where to listen; default 4566, 0 lets the system choose
  --host ADDRESS    default 127.0.0.1
  --data DIR        where keys, policies and the audit trail are kept; default .claviger
  --ephemeral       keep nothing: the data is gone when the service ends
  --seed FILE       make accounts, users, policies, keys and aliases from a JSON file before the first call is
                    answered: the same ids and key material each time (docs/seed.md); what is there stays
  --anchor FILE|URL keep the newest signed checkpoint of the audit trail elsewhere, at every checkpoint: in a file outside
                    the data folder, or PUT to an https URL (#bearer=FILE&ca=FILE as of a sink)
  --trail-folder DIR  where CloudTrail's log files and digest files go, a folder for each bucket; default: "buckets" in
                    the data folder
  --seal KIND:VALUE how the root key is wrapped: file:PATH, env:NAME or passphrase:NAME; may be repeated
  --retention DAYS  prune records of the trail that are older, such as 400d; default: all are kept
  --sink SINK       a copy of every record of the trail to stdout, file:PATH, syslog+tls://HOST, https://HOST/PATH or
                    otlp+https://HOST; may be repeated (claviger help sinks)
  --outbound FILE   where hosts are that the service calls, as "outbound" in the configuration of claviger serve
  --clusters FILE   which PKCS#11 tokens stand for CloudHSM clusters, as "clusters" there
  --attestation-root FILE
                    a root certificate (PEM) that attestation documents of recipients may come from, such as AWS's for
                    Nitro Enclaves; may be repeated. Those of claviger attestation make are believed in any case
  --quotas REGION   apply the request quotas that AWS has in that Region (us-east-1), by account: who is faster gets
                    ThrottlingException; without it nobody is slowed but by a flood
  --nbd-tcp         serve attached volumes on ports of 127.0.0.1 instead of Unix sockets: in clear, to everybody here
  --boot qemu       boot instances that run from their volumes, under qemu-system-x86_64 of this machine; without it an
                    instance is its volumes, attached and served
  --allow-remote    listen beyond loopback; the well-known credentials are off, and generated ones of account
                    000000000000's root are shown once. Plain HTTP: for networks that you own

One line "Listening on http://127.0.0.1:N" is printed when it answers. SIGTERM and Ctrl-C finish what is in flight.

  claviger dev
  claviger dev --port 0 --ephemeral --seed seed.json
  AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test aws --endpoint-url http://127.0.0.1:4566 kms create-key`;

const banner = `claviger in development mode. NOT FOR PRODUCTION.`;

export const dev: Command = command(
  help,
  {
    port: "text",
    host: "text",
    data: "text",
    ephemeral: "switch",
    seed: "text",
    anchor: "text",
    retention: "text",
    "trail-folder": "text",
    seal: "texts",
    sink: "texts",
    outbound: "text",
    clusters: "text",
    "attestation-root": "texts",
    quotas: "text",
    "nbd-tcp": "switch",
    boot: "text",
    "allow-remote": "switch",
  },
  async ({ flags, positionals }, terminal) => {
    noMore(positionals);
    const config = readConfig("development", {
      host: flags.host,
      port: flags.port,
      data: flags.data,
      ephemeral: flags.ephemeral,
      seed: flags.seed,
      ...(flags.anchor !== undefined && readAnchorPlace(flags.anchor, (path) => path)),
      keepMs: flags.retention === undefined ? undefined : readRetention(flags.retention),
      trailFolder: flags["trail-folder"],
      quotas: flags.quotas,
      allowRemote: flags["allow-remote"],
      nbdTcp: flags["nbd-tcp"],
      boot: flags.boot,
      wraps: flags.seal?.map(readSeal),
      attestationRoots: flags["attestation-root"],
      clusters: flags.clusters === undefined ? undefined : readClustersFile(flags.clusters),
      sinks: flags.sink && readSinks(flags.sink),
      outbound: flags.outbound === undefined ? undefined : readOutboundFile(flags.outbound),
    });
    terminal.print(banner);
    terminal.print(config.ephemeral ? "Nothing is kept." : `Data: ${config.folder}`);
    return await runUntilAsked(config, ({ url, remoteRoot }) => {
      terminal.print(credentials(remoteRoot));
      terminal.print(`Listening on ${url}`);
    });
  },
);

function credentials(generated: Server["remoteRoot"]): string {
  if (!generated) return `Credentials: access key "test", secret "test", account 000000000000.`;
  const { accessKeyId, secretAccessKey } = generated;
  if (secretAccessKey === undefined)
    return `Credentials: access key ${accessKeyId}; its secret was told when it was made.`;
  return `Root credentials of account 000000000000, which are not shown again:
  AWS_ACCESS_KEY_ID=${accessKeyId}
  AWS_SECRET_ACCESS_KEY=${secretAccessKey}`;
}
