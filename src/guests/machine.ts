import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { OperatorError } from "../errors.ts";

/** A volume as a guest gets it: over NBD, from a Unix socket. */
export interface GuestDisk {
  readonly volumeId: string;
  readonly socket: string;
}

export interface Machine {
  readonly instanceId: string;
  readonly memoryMiB: number;
  /** The first one is booted from. */
  readonly disks: readonly GuestDisk[];
}

/** A program and the arguments that go before its own. */
export type Program = readonly [path: string, ...first: string[]];

const program = "qemu-system-x86_64";

/**
 * QEMU, where it can be by way of setpriv of util-linux, so that a guest ends with a service that is killed. Throws
 * OperatorError where there is no QEMU.
 */
export function findQemu(): Program {
  const qemu = inPath(program);
  if (qemu === undefined)
    throw new OperatorError(
      `Cannot boot instances under "qemu": there is no ${program} on this machine`,
      "install it (Debian: qemu-system-x86)",
    );
  const setpriv = inPath("setpriv");
  const ending = ["--pdeathsig", "KILL"];
  // Other makers' setpriv do not know the option.
  if (setpriv === undefined || spawnSync(setpriv, [...ending, qemu, "--version"], { stdio: "ignore" }).status !== 0)
    return [qemu];
  return [setpriv, ...ending, qemu];
}

function inPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The descriptor on which QEMU is spoken to (QMP). */
export const controlDescriptor = 3;

/** No network, no screen, no default device; the serial port is standard output. */
export const argumentsOf = ({ instanceId, memoryMiB, disks }: Machine): string[] =>
  [
    ["-name", instanceId, "-nodefaults", "-no-user-config"],
    // Its own messages go to the serial port too: "No bootable device".
    ["-machine", "pc,graphics=off", "-accel", "kvm", "-accel", "tcg", "-m", String(memoryMiB)],
    ["-display", "none", "-nic", "none"],
    ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"],
    ["-chardev", `socket,id=control,fd=${controlDescriptor}`, "-mon", "chardev=control,mode=control"],
    ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"],
    ...disks.map(diskArguments),
  ].flat();

function diskArguments({ volumeId, socket }: GuestDisk, index: number): string[] {
  const file = { driver: "nbd", server: { type: "unix", path: socket }, export: volumeId };
  const node = { driver: "raw", "node-name": `disk${index}`, discard: "unmap", file };
  // `vol0123…`, as EC2's own disks call themselves.
  const serial = volumeId.replace("-", "").slice(0, 20);
  const boot = index === 0 ? ",bootindex=0" : "";
  return ["-blockdev", JSON.stringify(node), "-device", `virtio-blk-pci,drive=disk${index},serial=${serial}${boot}`];
}
