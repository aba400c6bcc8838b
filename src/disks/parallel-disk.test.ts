import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { duplexPair, PassThrough } from "node:stream";
import { test } from "node:test";
import { Disk } from "./disk.ts";
import { Layer } from "./layer.ts";
import { serveNbd } from "./nbd-connection.ts";
import { ParallelDisk } from "./parallel-disk.ts";
import { MiB, withDisks } from "./testing.ts";

test("many reads and writes at a time, large and small, come to what was asked for", async () => {
  await withDisks(async (_disks, folder) => {
    const key = randomBytes(64);
    Layer.create(folder, "a");
    const plan = { bytes: 64 * MiB, below: [], top: "a" };
    const model = Buffer.alloc(plan.bytes);
    {
      using disk = new ParallelDisk(new Disk(folder, plan, key), key);
      for (let round = 0; round < 6; round++) {
        // What is under way at once does not overlap; what comes after it may.
        const writes = Array.from({ length: 32 }, async (_, index) => {
          const aligned = Math.random() < 0.7;
          const length = aligned
            ? 4096 * (1 + Math.floor(Math.random() * 256))
            : 1 + Math.floor(Math.random() * 90_000);
          const offset =
            index * 2 * MiB + (aligned ? 4096 * Math.floor(Math.random() * 200) : Math.floor(Math.random() * 900_000));
          const bytes = randomBytes(length);
          bytes.copy(model, offset);
          await disk.write(offset, Buffer.from(Uint8Array.from(bytes).buffer));
        });
        await Promise.all(writes);
        const reads = Array.from({ length: 32 }, async (_, index) => {
          const [offset, length] = [index * 2 * MiB, index % 2 === 0 ? 2 * MiB : 777];
          assert.ok((await disk.read(offset, length)).equals(model.subarray(offset, offset + length)), `read ${index}`);
        });
        await Promise.all(reads);
        disk.flush();
      }
    }
    using alone = new Disk(folder, plan, key);
    assert.ok(alone.read(0, plan.bytes).equals(model));
  });
});

test("what is under way when a disk is detached is not written, wherever its file's number points by then", async () => {
  await withDisks(async (_disks, folder) => {
    const key = randomBytes(64);
    Layer.create(folder, "a");
    const disk = new ParallelDisk(new Disk(folder, { bytes: 8 * MiB, below: [], top: "a" }, key), key);
    const writing = disk.write(0, Buffer.from(new ArrayBuffer(MiB)));
    assert.ok(writing instanceof Promise);
    disk[Symbol.dispose]();
    await assert.rejects(writing, /detached/);
  });
});

test("a client that asks for more than it takes waits, and costs no more memory than that", async () => {
  const [ours, theirs] = duplexPair();
  let asked = 0;
  const disk = {
    read: (_offset: number, length: number) => {
      asked += 1;
      return Buffer.alloc(length);
    },
    write: () => undefined,
    zero: () => undefined,
    flush: () => undefined,
  };
  const exported = { name: "d", bytes: 64 * MiB, readOnly: false };
  serveNbd(ours, { exported, disk, failed: () => undefined });
  const handshake = Buffer.alloc(20);
  handshake.writeUInt32BE(3, 0);
  handshake.write("IHAVEOPT", 4);
  handshake.writeUInt32BE(1, 12);
  const requests = Array.from({ length: 500 }, () => {
    const request = Buffer.alloc(28);
    request.writeUInt32BE(0x25609513, 0);
    request.writeUInt32BE(32 * MiB, 24);
    return request;
  });
  theirs.write(Buffer.concat([handshake, ...requests]));
  await once(theirs, "readable");
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(asked <= 4, `${asked} reads were answered that nobody took`);
  const sink = new PassThrough();
  sink.resume();
  theirs.pipe(sink);
  while (asked < 40) await new Promise((resolve) => setTimeout(resolve, 5));
  theirs.destroy();
});
