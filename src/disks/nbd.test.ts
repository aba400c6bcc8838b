import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { DiskPlan } from "./disk.ts";
import { Layer } from "./layer.ts";
import { MiB, withDisks } from "./testing.ts";

const missing = ["qemu-img", "nbdinfo", "nbdcopy"].filter((tool) => spawnSync(tool, ["--version"]).error);

function run(command: string, args: string[]): Promise<{ code: number; text: string }> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code: code ?? -1, text })));
}

describe("an attached disk", { skip: missing.length > 0 && `needs ${missing.join(", ")}` }, () => {
  test("is a block device to qemu-img, nbdinfo and nbdcopy; what was flushed outlives the thread", async () => {
    await withDisks(async (disks, folder) => {
      const key = randomBytes(64);
      Layer.create(folder, "top");
      const plan: DiskPlan = { bytes: 64 * MiB, below: [], top: "top" };
      const socket = disks.socketOf("vol-1");
      const attach = () =>
        disks.order("vol-1", "attach", {
          name: "vol-1",
          door: "i-1",
          plan,
          key: Buffer.from(key),
          readOnly: false,
          place: { socket },
        });
      await attach();
      assert.equal(statSync(socket).mode & 0o777, 0o600);
      const uri = `nbd+unix:///vol-1?socket=${socket}`;
      const about = await run("nbdinfo", [uri]);
      assert.equal(about.code, 0, about.text);
      assert.match(about.text, /export-size: 67108864/);
      const image = join(folder, "image.raw");
      const content = Buffer.concat([randomBytes(20 * MiB), Buffer.alloc(10 * MiB), randomBytes(34 * MiB)]);
      writeFileSync(image, content);
      const copied = await run("nbdcopy", ["--flush", image, uri]);
      assert.equal(copied.code, 0, copied.text);
      const compared = await run("qemu-img", ["compare", "-f", "raw", "-F", "raw", image, uri]);
      assert.equal(compared.code, 0, compared.text);
      await disks.order("vol-1", "detach", { name: "vol-1" });
      assert.notEqual((await run("nbdinfo", [uri])).code, 0);
      await attach();
      const back = join(folder, "back.raw");
      const converted = await run("qemu-img", ["convert", "-f", "raw", "-O", "raw", uri, back]);
      assert.equal(converted.code, 0, converted.text);
      assert.ok(readFileSync(back).equals(content));
      const refused = await run("nbdinfo", [`nbd+unix:///vol-2?socket=${socket}`]);
      assert.notEqual(refused.code, 0);
    });
  });
});
