import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AttachedVolume } from "../volumes/attached.ts";
import { type Command, command, noMore } from "./command.ts";
import { askInstallation, installation, installationFlags, installationHelp } from "./installation.ts";

const help = `claviger volumes [VOLUME] [--psk DIR] [--endpoint URL] [--profile NAME] [--json]

Lists the volumes that are attached to instances, and where: an attached volume is a network block device (NBD) that
nbdinfo, nbdcopy, qemu-img and the Linux kernel open. It is decrypted for whoever opens it, and lies encrypted on disk.
Unix sockets can be opened by the user that the service runs as, and by root. Only the account that operates the
installation may ask.

  VOLUME            one volume, with commands that use it
  --psk DIR         where volumes are served over TLS: write their keys to DIR/keys.psk, which clients are given
${installationHelp}
  --json            for programs

  claviger volumes
  claviger volumes vol-0123456789abcdef0
  nbdcopy disk.raw "$(claviger volumes vol-0123456789abcdef0 --json | jq -r '.[0].uri')"`;

const kinds = { ...installationFlags, psk: "text", json: "switch" } as const;

export const volumes: Command = command(help, kinds, async ({ flags, positionals }, terminal) => {
  const [only, ...more] = positionals;
  noMore(more);
  const answer = await askInstallation<{ volumes: AttachedVolume[] }>(installation(flags, terminal), "GET", "volumes");
  const found = answer.volumes.filter(({ volumeId }) => only === undefined || volumeId === only);
  if (flags.psk !== undefined) writeKeys(flags.psk, found);
  const shown = found.map(({ psk: _key, ...rest }) => rest);
  if (flags.json) terminal.print(JSON.stringify(shown));
  else if (found.length === 0)
    terminal.print(only === undefined ? "No volume is attached." : `${only} is not attached.`);
  else for (const one of found) for (const line of linesOf(one, only !== undefined, flags.psk)) terminal.print(line);
  return only !== undefined && found.length === 0 ? 1 : 0;
});

/** `NAME:KEY` on each line, as qemu's tls-creds-psk and libnbd read it. */
function writeKeys(folder: string, found: readonly AttachedVolume[]): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lines = found.flatMap(({ psk }) => (psk ? [`${psk.name}:${psk.key}\n`] : []));
  writeFileSync(join(folder, "keys.psk"), lines.join(""), { mode: 0o600 });
}

function linesOf(one: AttachedVolume, withCommands: boolean, folder: string | undefined): string[] {
  const { volumeId, account, region, instanceId, device, sizeGiB, state, uri, key, unserved } = one;
  const about = `${volumeId}  ${sizeGiB} GiB  ${state} to ${instanceId} as ${device}  (${account}, ${region})`;
  const where = unserved ?? uri ?? "not served while the instance is stopped";
  const lines = [about, `  ${where}`, `  ${key === undefined ? "unencrypted" : `encrypted under ${key}`}`];
  return withCommands && uri !== undefined ? [...lines, "", ...commandsFor(one, folder)] : lines;
}

function commandsFor({ uri = "", socket, psk, volumeId }: AttachedVolume, folder = "DIR"): string[] {
  const secured = psk ? `${uri}?tls-psk-file=${folder}/keys.psk` : uri;
  const mount = socket === undefined ? [] : [`  nbd-client -unix ${socket} -N ${volumeId} /dev/nbd0`];
  return [
    `  nbdinfo '${secured}'`,
    `  nbdcopy disk.raw '${secured}'`,
    ...(psk ? [] : [`  qemu-img convert -f raw -O raw '${uri}' copy.raw`]),
    ...mount,
  ];
}
