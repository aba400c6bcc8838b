import { StartInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { instanceNow, keyFor, launch, readVolume, volumeAt } from "./ec2-instance-kit.ts";
import { ec2, register } from "./ec2-kit.ts";
import { root, testServer, type TestServer } from "./kit.ts";
import { blockBytes, madeSnapshot } from "./snapshot-kit.ts";

const skip = spawnSync("qemu-system-x86_64", ["--version"]).error ? "qemu-system-x86_64 is missing" : false;

const region = "eu-west-1";
const marker = "CLAVIGER-GUEST-IS-UP";

/** The first block of a disk whose boot sector copies itself to the second sector, then tells the marker on COM1. */
function bootable(last: string): Buffer {
  const code = [
    "fc", // cld
    "31c0", // xor ax, ax
    "8ed8", // mov ds, ax
    "8ec0", // mov es, ax
    "bb007c", // mov bx, 0x7c00   from here, where the BIOS has put it
    "b80103", // mov ax, 0x0301   write one sector
    "b90200", // mov cx, 0x0002   the second of the first track
    "b600", // mov dh, 0        dl: the disk that was booted
    "cd13", // int 0x13
    "fa", // cli              so that the BIOS says nothing in between
    "be407c", // mov si, 0x7c40   the marker
    "baf803", // mov dx, 0x03f8   COM1
    "ac", // next: lodsb
    "84c0", // test al, al
    "7403", // jz last
    "ee", // out dx, al
    "ebf8", // jmp next
    last,
  ];
  const block = Buffer.alloc(blockBytes);
  block.set(Buffer.from(code.join(""), "hex"));
  block.write(marker, 0x40, "latin1");
  block.set([0x55, 0xaa], 510);
  return block;
}

/** hlt; jmp to it again */
const haltsForEver = "f4ebfd";
/** mov dx, 0x0604; mov ax, 0x2000; out dx, ax: ACPI's soft off of QEMU's "pc" */
const powersOff = `ba0406b80020ef${haltsForEver}`;

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1500; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`it does not come to this: ${what}`);
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const saysMarker = ({ guests }: TestServer, id: string): boolean => {
  const path = guests!.consoleOf(id);
  return existsSync(path) && readFileSync(path, "latin1").includes(marker);
};

const isIn = (server: TestServer, id: string, state: string) => async () =>
  (await instanceNow(ec2(server), id)).State?.Name === state;

const quick = { guestGraceMs: 50 };

async function launched(server: TestServer, block: Buffer, more: object = {}): Promise<string> {
  const snapshot = await madeSnapshot(server, new Map([[0, block]]), await keyFor(server), root, region);
  const image = await register(ec2(server), "bootable", snapshot);
  return (await launch(ec2(server), image, more)).Instances![0]!.InstanceId!;
}

async function started(data: string): Promise<TestServer> {
  return await testServer({ data, boot: "qemu" }, quick);
}

test("a running instance is booted from its encrypted root volume, again after a restart, and ends with it", {
  skip,
}, async () => {
  const data = mkdtempSync(join(tmpdir(), "claviger-boot-"));
  try {
    let before = 0;
    let id = "";
    {
      await using server = await started(data);
      id = await launched(server, bootable(haltsForEver));
      await until("the guest tells the marker", () => saysMarker(server, id));
      assert.equal(statSync(server.guests!.consoleOf(id)).mode & 0o777, 0o600);
      const volume = volumeAt(await instanceNow(ec2(server), id));
      const sectors = await readVolume(server, volume, 1024);
      assert.equal(sectors.split(marker).length, 3, "what the guest has written is on its volume");
      before = server.guests!.processOf(region, id)!;
      assert.ok(isAlive(before));
    }
    assert.ok(!isAlive(before), "a guest ends with the service");
    await using server = await started(data);
    await until("it is booted again", () => saysMarker(server, id));
    const pid = server.guests!.processOf(region, id)!;
    const volume = volumeAt(await instanceNow(ec2(server), id));
    const socket = server.house.disks.socketOf(volume);
    assert.ok(isAlive(pid) && existsSync(socket));
    await ec2(server).send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await until("it is terminated", isIn(server, id, "terminated"));
    assert.ok(!isAlive(pid), "its process is gone");
    assert.ok(!existsSync(socket), "its socket is gone");
    assert.equal(server.guests!.processOf(region, id), undefined);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});

test("a guest that turns itself off ends its instance as that was launched to, and boots when it is started", {
  skip,
}, async () => {
  await using server = await testServer({ ephemeral: true, boot: "qemu" }, quick);
  const id = await launched(server, bootable(powersOff));
  await until("it is stopped", isIn(server, id, "stopped"));
  const { StateReason } = await instanceNow(ec2(server), id);
  assert.equal(StateReason?.Code, "Client.InstanceInitiatedShutdown");
  rmSync(server.guests!.consoleOf(id));
  await ec2(server).send(new StartInstancesCommand({ InstanceIds: [id] }));
  await until("it was booted again", () => saysMarker(server, id));
  await until("it is stopped again", isIn(server, id, "stopped"));
});

test("a guest that fails leaves its instance running; QEMU over TCP and another word are refused", {
  skip,
}, async () => {
  await using server = await testServer({ ephemeral: true, boot: "qemu" }, quick);
  const id = await launched(server, bootable(haltsForEver));
  await until("the guest tells the marker", () => saysMarker(server, id));
  process.kill(server.guests!.processOf(region, id)!, "SIGKILL");
  await until("its process is gone", () => server.guests!.processOf(region, id) === undefined);
  const instance = await instanceNow(ec2(server), id);
  assert.equal(instance.State?.Name, "running");
  assert.ok((await readVolume(server, volumeAt(instance), 1024)).includes(marker));
  await ec2(server).send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  await until("it is terminated", isIn(server, id, "terminated"));
  await assert.rejects(testServer({ ephemeral: true, boot: "qemu", nbdTcp: true }), /served over TCP/);
  await assert.rejects(testServer({ ephemeral: true, boot: "xen" }), /Cannot boot instances under "xen"/);
});
