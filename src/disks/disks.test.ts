import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Disk, type DiskPlan } from "./disk.ts";
import { blockBytes, DamagedLayer, Layer } from "./layer.ts";
import { MiB, withDisks } from "./testing.ts";

function edit(path: string, at: number, change: (byte: number) => number): void {
  const file = openSync(path, "r+");
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  writeSync(file, Buffer.of(change(byte[0]!)), 0, 1, at);
  closeSync(file);
}

describe("a disk", () => {
  test("reads what was written anywhere, through layers, and zeros elsewhere", async () => {
    await withDisks(async (disks, folder) => {
      const key = randomBytes(64);
      await disks.order("v", "create", { id: "a" });
      const model = Buffer.alloc(4 * MiB);
      const plan: { bytes: number; below: { id: string; root: string }[]; top: string } = {
        bytes: model.length,
        below: [],
        top: "a",
      };
      let disk = new Disk(folder, plan, key);
      const marker = Buffer.from("a marker that nobody may find on disk");
      for (let round = 0; round < 60; round++) {
        const offset = Math.floor(Math.random() * (model.length - 70_000));
        const bytes = Buffer.concat([marker, randomBytes(1 + Math.floor(Math.random() * 60_000))]);
        bytes.copy(model, offset);
        disk.write(offset, Buffer.from(bytes));
        if (round % 20 !== 19) continue;
        const top = `a${round}`;
        disk.roll(top);
        disk[Symbol.dispose]();
        const root = (await disks.order("v", "freeze", { id: plan.top, key }))!;
        plan.below.push({ id: plan.top, root });
        plan.top = top;
        disk = new Disk(folder, plan, key);
      }
      assert.ok(disk.read(0, model.length).equals(model));
      assert.ok(disk.read(12_345, 54_321).equals(model.subarray(12_345, 66_666)));
      disk[Symbol.dispose]();
      for (const file of readdirSync(folder).filter((name) => name.endsWith(".data")))
        assert.equal(readFileSync(join(folder, file)).includes(marker), false);
    });
  });

  test("a layer that is frozen again, or twice at once, keeps the tags that it has; one that was written since has others", async () => {
    await withDisks(async (disks, folder) => {
      const key = randomBytes(64);
      const write = (at: number) => {
        using disk = new Disk(folder, { bytes: 4 * MiB, below: [], top: "a" }, key);
        disk.write(at, randomBytes(2 * blockBytes));
        disk.flush();
      };
      Layer.create(folder, "a");
      write(0);
      const freeze = () => disks.order("s", "freeze", { id: "a", key });
      const [root, same] = await Promise.all([freeze(), freeze()]);
      assert.equal(same, root);
      assert.equal(await freeze(), root);
      write(blockBytes);
      const later = await freeze();
      assert.notEqual(later, root);
      assert.equal(await freeze(), later);
    });
  });

  test("a frozen layer shows a flipped byte, a swapped block, a hidden block and foreign tags", async () => {
    await withDisks(async (disks, folder) => {
      const key = randomBytes(64);
      Layer.create(folder, "a");
      const top = new Disk(folder, { bytes: 2 * MiB, below: [], top: "a" }, key);
      top.write(0, Buffer.alloc(2 * MiB, 7));
      top.flush();
      top[Symbol.dispose]();
      const root = (await disks.order("s", "freeze", { id: "a", key }))!;
      const plan: DiskPlan = { bytes: 2 * MiB, below: [{ id: "a", root }] };
      const readAll = () => {
        using disk = new Disk(folder, plan, key);
        return disk.read(0, 2 * MiB);
      };
      assert.ok(readAll().equals(Buffer.alloc(2 * MiB, 7)));
      const damaged = (name: string, at: number, change: (byte: number) => number) => {
        const path = join(folder, name);
        const before = readFileSync(path);
        edit(path, at, change);
        assert.throws(readAll, DamagedLayer, `${name} at ${at}`);
        writeFileSync(path, before);
      };
      damaged("a.data", 777, (byte) => byte ^ 1);
      damaged("a.map", 4096 + 20, (byte) => byte ^ 1);
      damaged("a.map", 4096 + 16, () => 0);
      damaged("a.tags", 10, (byte) => byte ^ 1);
      const data = readFileSync(join(folder, "a.data"));
      const swapped = Buffer.concat([
        data.subarray(blockBytes, 2 * blockBytes),
        data.subarray(0, blockBytes),
        data.subarray(2 * blockBytes),
      ]);
      writeFileSync(join(folder, "a.data"), swapped);
      assert.throws(readAll, DamagedLayer);
      writeFileSync(join(folder, "a.data"), data);
      // A whole block taken out, bits and all: the tags still count it.
      const map = readFileSync(join(folder, "a.map"));
      writeFileSync(
        join(folder, "a.map"),
        Buffer.concat([map.subarray(0, 4096), Buffer.alloc(16), map.subarray(4112)]),
      );
      assert.throws(readAll, DamagedLayer);
      writeFileSync(join(folder, "a.map"), map);
      assert.ok(readAll().equals(Buffer.alloc(2 * MiB, 7)));
    });
  });

  test("a copy under another key holds the same bytes, and nothing where nothing was", async () => {
    await withDisks(async (disks, folder) => {
      const [key, other] = [randomBytes(64), randomBytes(64)];
      Layer.create(folder, "a");
      Layer.create(folder, "b");
      const bytes = 1024 * MiB;
      const source: DiskPlan = { bytes, below: [], top: "a" };
      const target: DiskPlan = { bytes, below: [], top: "b" };
      {
        using disk = new Disk(folder, source, key);
        disk.write(900 * MiB + 5, Buffer.from("the marker"));
        disk.write(0, randomBytes(MiB));
        disk.flush();
      }
      const order = { from: source, fromKey: Buffer.from(key), to: target, toKey: Buffer.from(other) };
      await disks.order("b", "copy", order);
      using one = new Disk(folder, source, key);
      using two = new Disk(folder, target, other);
      assert.deepEqual(two.blocks(), one.blocks());
      assert.deepEqual(two.blocks(), [0, 1, 1800]);
      for (const block of two.blocks())
        assert.ok(two.read(block * blockBytes, blockBytes).equals(one.read(block * blockBytes, blockBytes)));
      assert.ok(statSync(join(folder, "b.data")).blocks * 512 < 4 * MiB);
      const start = (name: string) => {
        const bytes = Buffer.alloc(MiB);
        const file = openSync(join(folder, name), "r");
        readSync(file, bytes, 0, MiB, 0);
        closeSync(file);
        return bytes;
      };
      assert.ok(!start("a.data").equals(start("b.data")));
    });
  });
});
