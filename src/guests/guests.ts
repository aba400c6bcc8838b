import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Disks } from "../disks/disks.ts";
import type { Change, Entities } from "../store/entities.ts";
import { instanceRowId, type VolumeAttachment } from "../volumes/entities.ts";
import type { LaunchedInstance } from "../volumes/instance.ts";
import { type Attached, volumesOf } from "../volumes/instance-volumes.ts";
import { Guest } from "./guest.ts";
import type { GuestDisk, Program } from "./machine.ts";

export interface GuestPlace {
  readonly program: Program;
  readonly dataFolder: string;
  readonly entities: Entities;
  readonly disks: Disks;
  /** How long a guest may take to go down once it is asked to, milliseconds. */
  readonly graceMs: number;
  readonly memoryOf: (type: string) => number | undefined;
  fault(instanceId: string, error: unknown): void;
}

/** A guest gets no more, whatever its type has. */
const memoryMostMiB = 512;
/** At once, on one machine. */
const guestsMost = 16;
const architectures: ReadonlySet<LaunchedInstance["architecture"]> = new Set(["x86_64", "i386"] as const);
const pageMost = 1000;

/**
 * The instances that run, booted under QEMU from their volumes. What goes wrong with a guest is told, and its instance
 * goes on as what every instance is here: its volumes.
 */
export class Guests {
  readonly #place: GuestPlace;
  /** By their instances' row ids, until those are stopped: one that has failed is not started again by itself. */
  readonly #guests = new Map<string, Guest | "failed">();
  /** Running instances whose volumes are not all served yet. */
  readonly #waiting = new Set<string>();
  #poweredOff: (instance: string) => void = () => undefined;
  #closed = false;

  constructor(place: GuestPlace) {
    this.#place = place;
  }

  /** Boots what runs already; `poweredOff` is told the row id of an instance whose guest has turned itself off. */
  start(poweredOff: (instance: string) => void): void {
    this.#poweredOff = poweredOff;
    for (let after = ""; ; ) {
      const rows = this.#place.entities.listByScope<VolumeAttachment>("volume-attachment", "", {
        after,
        limit: pageMost,
      });
      for (const { row } of rows) if (row.parent) this.#waiting.add(row.parent);
      after = rows.at(-1)?.row.id ?? "";
      if (rows.length < pageMost) break;
    }
    this.#look();
  }

  /** An instance may have begun to run, or a volume to be served. */
  follow(changed: readonly Change[]): void {
    for (const { kind, id, row } of changed) {
      if (kind !== "instance") continue;
      if (row) this.#waiting.add(id);
      else rmSync(this.consoleOf(id.slice(id.indexOf("/") + 1)), { force: true });
    }
    if (changed.some(({ kind }) => kind === "instance" || kind === "volume" || kind === "volume-work")) this.#look();
  }

  /** Comes back when the guest of the instance (row id) is gone, and writes nothing any more. */
  async end(instance: string): Promise<void> {
    this.#waiting.delete(instance);
    const guest = this.#guests.get(instance);
    if (guest instanceof Guest) await guest.end(this.#place.graceMs);
    this.#guests.delete(instance);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#guests.keys()].map((instance) => this.end(instance)));
  }

  consoleOf(instanceId: string): string {
    return join(this.#place.dataFolder, "run", `${instanceId}.console`);
  }

  /** Process id of an instance's guest. */
  processOf(region: string, instanceId: string): number | undefined {
    const guest = this.#guests.get(instanceRowId(region, instanceId));
    return guest instanceof Guest ? guest.pid : undefined;
  }

  #look(): void {
    if (this.#closed) return;
    for (const id of this.#waiting) {
      const instance = this.#place.entities.get<LaunchedInstance>("instance", id)?.content;
      if (instance?.state !== "running" || this.#guests.has(id)) this.#waiting.delete(id);
      else this.#boot(id, instance);
    }
  }

  #boot(id: string, instance: LaunchedInstance): void {
    const attached = volumesOf(instance, this.#place.entities).filter(
      ({ attachment }) => attachment.state === "attached",
    );
    const served = attached.map((one) => this.#diskOf(one)).filter((disk) => disk !== undefined);
    if (served.length < attached.length) return;
    this.#waiting.delete(id);
    try {
      this.#run(id, instance, served);
    } catch (error) {
      this.#failed(id, instance, error);
    }
  }

  #run(id: string, instance: LaunchedInstance, disks: readonly (GuestDisk & { device: string })[]): void {
    const { instanceId, type, rootDevice, architecture, bootMode } = instance;
    const running = [...this.#guests.values()].filter((guest) => guest instanceof Guest).length;
    if (running >= guestsMost) throw new Error(`${guestsMost} guests run already`);
    if (!architectures.has(architecture)) throw new Error(`its image is for ${architecture}`);
    if (bootMode === "uefi") throw new Error("its image is for UEFI");
    const root = disks.filter(({ device }) => device === rootDevice);
    if (root.length === 0) throw new Error("its root device is detached");
    const others = disks.filter(({ device }) => device !== rootDevice);
    const memoryMiB = Math.min(this.#place.memoryOf(type) ?? memoryMostMiB, memoryMostMiB);
    const machine = { instanceId, memoryMiB, disks: [...root, ...others] };
    const guest = new Guest(this.#place.program, machine, this.consoleOf(instanceId));
    this.#guests.set(id, guest);
    void guest.ended.then((end) => {
      if (end === "ended") return;
      if (end === "off") this.#poweredOff(id);
      else this.#failed(id, instance, end);
    });
  }

  #failed(id: string, { instanceId }: LaunchedInstance, error: unknown): void {
    this.#guests.set(id, "failed");
    this.#place.fault(instanceId, error);
  }

  #diskOf({ volume, attachment }: Attached): (GuestDisk & { device: string }) | undefined {
    const { volumeId } = volume.content;
    const socket = this.#place.disks.doorOf(volumeId, attachment.instanceId)?.socket;
    return socket === undefined ? undefined : { volumeId, socket, device: attachment.device };
  }
}
