import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Place } from "./thread.ts";

/** Attached disks on TCP: beyond development with TLS and a key for each attachment. */
export interface TcpDoors {
  readonly host: string;
  readonly tls: boolean;
}

/** How an attached disk is reached. */
export interface Door {
  /** As NBD clients take it. */
  readonly uri: string;
  readonly socket?: string;
  /** The name and the key (32 bytes, hexadecimal) that TLS asks for. */
  readonly psk?: { readonly name: string; readonly key: string };
}

/** The system's limit for a socket's path, in bytes. */
const socketPathMost = 103;

/** Where attached disks are served: a folder of sockets that lives as long as the process, or ports of one address. */
export class Doors {
  readonly #open = new Map<string, Door>();
  readonly #tcp: TcpDoors | undefined;
  #folder: string;

  constructor(dataFolder: string, tcp: TcpDoors | undefined) {
    this.#tcp = tcp;
    this.#folder = join(dataFolder, "run");
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** Where the socket stands: the data folder's `run`, or, where its path is too long, a new folder of the system's. */
  socketOf(name: string): string {
    const path = join(this.#folder, `${name}.sock`);
    if (Buffer.byteLength(path) <= socketPathMost) return path;
    this.#folder = mkdtempSync(join(tmpdir(), "claviger-run-"));
    return join(this.#folder, `${name}.sock`);
  }

  placeFor(socketName: string): Place {
    if (!this.#tcp) return { socket: this.socketOf(socketName) };
    const psk = this.#tcp.tls ? { psk: { name: socketName, key: randomBytes(32) } } : {};
    return { host: this.#tcp.host, port: 0, ...psk };
  }

  opened(name: string, door: string, place: Place, port: number | null): void {
    this.#open.set(`${name}/${door}`, doorAt(name, place, port));
  }
  closed(name: string, door: string): void {
    this.#open.delete(`${name}/${door}`);
  }
  of(name: string, door: string): Door | undefined {
    return this.#open.get(`${name}/${door}`);
  }

  end(): void {
    this.#open.clear();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function doorAt(name: string, place: Place, port: number | null): Door {
  if ("socket" in place) return { uri: `nbd+unix:///${name}?socket=${encodeURI(place.socket)}`, socket: place.socket };
  const host = place.host.includes(":") ? `[${place.host}]` : place.host;
  if (!place.psk) return { uri: `nbd://${host}:${port}/${name}` };
  const key = Buffer.from(place.psk.key).toString("hex");
  return { uri: `nbds://${place.psk.name}@${host}:${port}/${name}`, psk: { name: place.psk.name, key } };
}
