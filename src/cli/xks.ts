import { randomBytes, randomInt } from "node:crypto";
import { listenAsProxy } from "../xks/listener.ts";
import { apiPath } from "../xks/protocol.ts";
import { XksProxyServer } from "../xks/proxy.ts";
import { type Command, command, noMore, UsageError } from "./command.ts";
import { installation, installationFlags, installationHelp } from "./installation.ts";
import { untilAsked } from "./running.ts";
import { readXksConfig } from "./xks-config.ts";
import { installationKeys } from "./xks-keys.ts";

const help = `claviger xks serve --config FILE [--endpoint URL] [--profile NAME]
claviger xks credential

"serve" shows keys of a running installation to another KMS as external keys: to AWS KMS, or to a second Claviger. It
is a proxy of the external key store (XKS) proxy API, version 1. What is asked of it is asked of the installation, with
the credentials of this command: that principal needs kms:DescribeKey, kms:Encrypt and kms:Decrypt on each key, and
every use is decided and recorded there. "credential" prints a new credential for the other KMS to sign with.

  --config FILE     a JSON file; names of files in it are taken from where it stands:

  {
    "listen": "0.0.0.0:443",
    "tls": { "cert": "tls.pem", "key": "tls.key" },
    "prefix": "/example",
    "credentials": [{ "accessKeyId": "ABCDEFGHIJKLMNOPQRST", "secretFile": "xks.secret" }],
    "keys": { "payroll": "alias/payroll" }
  }

${installationHelp}

The secret may stand in an environment variable instead: "secretEnv" with its name. A key must be SYMMETRIC_DEFAULT.
"timeoutMs", default 200, is how long the installation may take over an answer; AWS KMS gives up after 250 ms.
The other KMS is told the endpoint https://HOST, the path /example/kms/xks/v1, and "payroll" as the external key's id.

  claviger xks credential
  claviger xks serve --config xks.json --profile xks-proxy`;

export const xks: Command = command(
  help,
  { ...installationFlags, config: "text" },
  async ({ flags, positionals: [action, ...more] }, terminal) => {
    noMore(more);
    if (action === "credential") {
      terminal.print(`accessKeyId: ${Array.from({ length: 20 }, () => base32[randomInt(32)]).join("")}`);
      terminal.print(`secret: ${randomBytes(32).toString("base64")}`);
      return 0;
    }
    if (action !== "serve") throw new UsageError("Cannot tell what to do: say serve or credential");
    if (flags.config === undefined) throw new UsageError("Cannot serve without --config FILE");
    const { listen, prefix, credentials, keys, timeoutMs } = readXksConfig(flags.config, terminal.env);
    const clocks = { wall: () => Date.now() };
    const proxy = new XksProxyServer(
      { prefix, credentials, clocks },
      installationKeys(installation(flags, terminal), keys, timeoutMs),
    );
    const listening = await listenAsProxy(listen, proxy);
    const host = listen.host.includes(":") ? `[${listen.host}]` : listen.host;
    terminal.print(`Listening on https://${host}:${listening.port}${prefix}${apiPath}`);
    await untilAsked().ended;
    await listening.close();
    return 0;
  },
);

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
