import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { copyDisk, type CopyOrder } from "./copying.ts";
import { Disk, type DiskPlan } from "./disk.ts";
import { type FreezeKeys, PendingDisks } from "./pending-disks.ts";
import { blocksOf, changedBlocks } from "./layer-blocks.ts";
import { blockBytes, Layer } from "./layer.ts";
import { ParallelDisk } from "./parallel-disk.ts";
import { serveNbd } from "./nbd-connection.ts";
import { pskContext, type PskIdentity, secure } from "./nbd-tls.ts";

/**
 * One of the threads that hold disks: it alone has the plain data keys of what is attached to it, and serves it over
 * NBD. It knows nothing of accounts, policies or KMS: whoever asks it has been allowed to.
 */
const port = parentPort!;
const { folder } = workerData as { folder: string };

/** Where an attached disk listens: a Unix socket of mode 0600, or a port of the loopback address. */
export type Place =
  | { readonly socket: string }
  | { readonly port: number; readonly host: string; readonly psk?: PskIdentity | undefined };

export interface AttachOrder {
  /** What is served: its connections call it that. */
  readonly name: string;
  /** One of the ways in, of which a disk may have several. */
  readonly door: string;
  readonly plan: DiskPlan;
  readonly key: Uint8Array;
  readonly readOnly: boolean;
  readonly place: Place;
}

interface Door {
  readonly server: Server;
  readonly sockets: Set<Socket>;
}

interface Attached {
  readonly disk: ParallelDisk;
  readonly doors: Map<string, Door>;
}

export interface Orders {
  /** A door that is open stays as it is. */
  attach(order: AttachOrder): Promise<{ port: number | null }>;
  /** Ends the door's connections, or all of them; with the last one flushes and forgets the key. */
  detach(order: { name: string; door?: string }): void;
  /** The disk ends later from now on, for the connections that there are as well. */
  grow(order: { name: string; bytes: number }): void;
  /** A new top takes what comes, of what is attached: the moment in time is this one. Twice is once. */
  roll(order: { name: string; top: string }): void;
  /** An empty layer; one that is there stays as it is. */
  create(order: { id: string }): void;
  /** What was said of the tags; undefined when the key is needed and not given. */
  freeze(order: { id: string; tags?: readonly Uint8Array[] } & FreezeKeys): Promise<string | undefined>;
  remove(order: { id: string }): void;
  read(order: { plan: DiskPlan; key: Uint8Array; block: number }): Buffer | undefined;
  /** A whole block of a pending snapshot; false when the key is needed and not given. */
  write(order: { plan: DiskPlan; key?: Uint8Array | undefined; block: number; bytes: Uint8Array }): boolean;
  /** Blocks of which something was written, in order. */
  blocks(order: { below: DiskPlan["below"] }): number[];
  /** Blocks in which two disks of one lineage may differ, in order. */
  changed(order: { first: DiskPlan["below"]; second: DiskPlan["below"] }): number[];
  /** The tags of what was written, for `freeze`. */
  copy(order: CopyOrder): Promise<Uint8Array>;
  /** Detaches all that is attached. */
  end(order: object): void;
}

const attached = new Map<string, Attached>();

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function makeOrders(progress: (part: number) => void): Orders {
  return {
    attach,
    detach: ({ name, door }) => detach(name, door),
    grow: ({ name, bytes }) => attached.get(name)?.disk.disk.grow(bytes),
    roll: ({ name, top }) => attached.get(name)?.disk.disk.roll(top),
    create: ({ id }) => {
      if (!Layer.exists(folder, id)) Layer.create(folder, id);
    },
    freeze: ({ id, tags, ...keys }) => pending.freeze(id, keys, pause, Buffer.concat(tags ?? [])),
    remove: ({ id }) => {
      pending.forget(id);
      Layer.remove(folder, id);
    },
    read: ({ plan, key, block }) => {
      using disk = new Disk(folder, plan, key);
      return disk.has(block) ? disk.read(block * blockBytes, blockBytes) : undefined;
    },
    write: ({ plan, key, block, bytes }) => pending.write(plan, key, block, Buffer.from(bytes)),
    blocks: ({ below }) => [...blocksOf(folder, below)].toSorted((a, b) => a - b),
    changed: ({ first, second }) => changedBlocks(folder, first, second),
    copy: (order) => copyDisk(folder, order, progress, pause),
    end: () => [...attached.keys()].forEach((name) => detach(name)),
  };
}

const pending = new PendingDisks(folder);

async function attach(order: AttachOrder): Promise<{ port: number | null }> {
  const { name, door, plan, key } = order;
  const known = attached.get(name);
  const open = known?.doors.get(door);
  if (open) return { port: portOf(open.server) };
  const disk = known?.disk ?? new ParallelDisk(new Disk(folder, plan, key), key);
  const holding = known ?? { disk, doors: new Map<string, Door>() };
  attached.set(name, holding);
  const made = doorTo(disk, order);
  holding.doors.set(door, made);
  try {
    await listening(made.server, order.place);
  } catch (error) {
    detach(name, door);
    throw error;
  }
  return { port: portOf(made.server) };
}

function doorTo(disk: ParallelDisk, { name, readOnly, place }: AttachOrder): Door {
  const sockets = new Set<Socket>();
  const tls = "psk" in place && place.psk ? pskContext(place.psk) : undefined;
  const exported = {
    name,
    readOnly,
    get bytes() {
      return disk.disk.bytes;
    },
  };
  const failed = (error: unknown) =>
    port.postMessage({ fault: `${name}: ${error instanceof Error ? error.message : String(error)}` });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
    serveNbd(socket, { exported, disk, tls: tls && ((plain) => secure(plain, tls)), failed });
  });
  return { server, sockets };
}

function portOf(server: Server): number | null {
  const address = server.address();
  return typeof address === "object" && address ? address.port : null;
}

async function listening(server: Server, place: Place): Promise<void> {
  if ("socket" in place) rmSync(place.socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // The process's umask is 077: the socket is never open to others, not even before the mode is set.
    if ("socket" in place) server.listen(place.socket, resolve);
    else server.listen(place.port, place.host, resolve);
  });
  if ("socket" in place) chmodSync(place.socket, 0o600);
}

function detach(name: string, door?: string): void {
  const holding = attached.get(name);
  if (!holding) return;
  const { disk, doors } = holding;
  for (const [key, { server, sockets }] of doors) {
    if (door !== undefined && key !== door) continue;
    doors.delete(key);
    server.close();
    for (const socket of sockets) socket.destroy();
  }
  disk.flush();
  if (doors.size > 0) return;
  attached.delete(name);
  disk[Symbol.dispose]();
}

interface Ordered {
  readonly id: number;
  readonly name: keyof Orders;
  readonly order: { key?: Uint8Array; tagKey?: Uint8Array; fromKey?: Uint8Array; toKey?: Uint8Array };
}

port.on("message", ({ id, name, order }: Ordered) => {
  const progress = (part: number) => port.postMessage({ id, progress: part });
  const wipe = () => [order.key, order.tagKey, order.fromKey, order.toKey].forEach((key) => key?.fill(0));
  const act = makeOrders(progress)[name] as (given: unknown) => unknown;
  void carryOut(async () => port.postMessage({ id, answer: await act(order) }), id).finally(wipe);
});

async function carryOut(act: () => Promise<void>, id: number): Promise<void> {
  try {
    await act();
  } catch (error) {
    port.postMessage({ id, failed: error instanceof Error ? error.message : String(error) });
  }
}
