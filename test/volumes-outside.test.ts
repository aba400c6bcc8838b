import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { AttachVolumeCommand, DetachVolumeCommand } from "@aws-sdk/client-ec2";
import { claviger, type Ran, ran, temporaryFolder } from "./cli-kit.ts";
import { testServer } from "./kit.ts";
import { described, ec2, instance, madeVolume, quiet } from "./volumes-kit.ts";

/** A program that the machine lacks leaves its test out, in one line. */
const lacking = (...tools: string[]): string | false => {
  const missing = tools.filter((tool) => spawnSync(tool, ["-V"], { stdio: "ignore" }).error);
  return missing.length > 0 && `needs ${missing.join(", ")}`;
};

async function succeeded(command: string, ...args: string[]): Promise<Ran> {
  const done = await ran(command, args);
  assert.equal(done.code, 0, `${command} ${args.join(" ")}\n${done.out}\n${done.err}`);
  return done;
}

const sizeBytes = 1024 ** 3;

test("an ext4 file system lives on an encrypted volume, and nothing of it is to be read on disk", {
  skip: lacking("mke2fs", "debugfs", "e2fsck", "nbdcopy", "nbdinfo", "qemu-img"),
}, async () => {
  using folder = temporaryFolder();
  await using server = await testServer();
  const client = ec2(server);
  const { VolumeId = "" } = await madeVolume(server, client, { Encrypted: true });
  const InstanceId = await instance(server);
  const attach = async (Device: string) => {
    await client.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));
    await quiet(server);
  };
  await attach("/dev/sdf");
  const at = ["--endpoint", server.url];
  const listed = await claviger(["volumes", VolumeId, ...at]);
  assert.equal(listed.code, 0, listed.err);
  assert.match(listed.out, /1 GiB {2}attached to i-[0-9a-f]+ as \/dev\/sdf/);
  const uri = /nbd\+unix:\S+/.exec(listed.out)![0];

  const marker = `the marker ${randomBytes(16).toString("hex")}`;
  mkdirSync(folder.file("root"));
  writeFileSync(join(folder.file("root"), "secret.txt"), `${marker}\n`.repeat(2000));
  await succeeded("mke2fs", "-q", "-t", "ext4", "-d", folder.file("root"), folder.file("disk.raw"), "1G");
  assert.equal((await ran("grep", ["-qa", marker, folder.file("disk.raw")])).code, 0);
  await succeeded("nbdcopy", "--flush", folder.file("disk.raw"), uri);
  assert.match((await succeeded("nbdinfo", "--size", uri)).out, new RegExp(`^${sizeBytes}$`, "m"));
  await succeeded("qemu-img", "compare", "-f", "raw", "-F", "raw", folder.file("disk.raw"), uri);
  await client.send(new DetachVolumeCommand({ VolumeId, Force: true }));
  await quiet(server);

  const { folder: disks } = server.house.disks;
  assert.equal((await ran("grep", ["-rqa", marker, disks])).code, 1);
  assert.equal(
    readdirSync(disks).some((name) => name.endsWith(".data")),
    true,
  );

  await attach("/dev/sdg");
  await succeeded("nbdcopy", uri, folder.file("back.raw"));
  await succeeded("e2fsck", "-fn", folder.file("back.raw"));
  const read = await succeeded("debugfs", "-R", "cat /secret.txt", folder.file("back.raw"));
  assert.equal(read.out, `${marker}\n`.repeat(2000));
  assert.equal((await described(client, VolumeId)).Attachments![0]!.Device, "/dev/sdg");
  const none = await claviger(["volumes", "vol-0123456789abcdef0", ...at]);
  assert.deepEqual([none.code, none.out], [1, "vol-0123456789abcdef0 is not attached."]);
});

test("over TCP a volume asks for TLS and its own key, and is in clear in development alone", {
  skip: lacking("nbdinfo", "nbdcopy"),
}, async () => {
  using folder = temporaryFolder();
  for (const [settings, scheme] of [
    [{ ephemeral: true, nbd: "127.0.0.1" }, "nbds://"],
    [{ ephemeral: true, nbdTcp: true }, "nbd://"],
  ] as const) {
    await using server = await testServer(settings);
    const client = ec2(server);
    const { VolumeId = "" } = await madeVolume(server, client);
    const InstanceId = await instance(server);
    await client.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: "/dev/sdf" }));
    await quiet(server);
    const told = await claviger(["volumes", "--psk", folder.path, "--json", "--endpoint", server.url]);
    const [{ uri, psk }] = JSON.parse(told.out) as [{ uri: string; psk?: string }];
    assert.ok(uri.startsWith(scheme), uri);
    assert.equal(psk, undefined);
    if (scheme === "nbd://") {
      await succeeded("nbdinfo", uri);
      continue;
    }
    const keys = folder.file("keys.psk");
    await succeeded("nbdinfo", `${uri}?tls-psk-file=${keys}`);
    const bytes = randomBytes(sizeBytes / 1024);
    writeFileSync(folder.file("part.raw"), Buffer.concat([bytes, Buffer.alloc(4096)]));
    await succeeded("nbdcopy", "--flush", folder.file("part.raw"), `${uri}?tls-psk-file=${keys}`);
    const clear = uri.replace("nbds://", "nbd://");
    assert.notEqual((await ran("nbdinfo", [clear])).code, 0);
    writeFileSync(keys, readFileSync(keys, "utf8").replace(/:.{4}/, ":0000"));
    assert.notEqual((await ran("nbdinfo", [`${uri}?tls-psk-file=${keys}`])).code, 0);
  }
});
