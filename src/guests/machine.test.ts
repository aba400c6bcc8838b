import assert from "node:assert/strict";
import { test } from "node:test";
import { argumentsOf, findQemu } from "./machine.ts";

test("where there is no QEMU the operator is told so, and what to install", () => {
  const path = process.env.PATH;
  process.env.PATH = "/nowhere";
  try {
    assert.throws(findQemu, {
      name: "OperatorError",
      message: 'Cannot boot instances under "qemu": there is no qemu-system-x86_64 on this machine',
      hint: "install it (Debian: qemu-system-x86)",
    });
  } finally {
    process.env.PATH = path;
  }
});

test("disks are arguments of their own, whatever their sockets' folder is called; the first is booted from", () => {
  const socket = '/data, "mine",file=/etc/passwd/run/a.sock';
  const disks = ["vol-0123456789abcdef0", "vol-0fedcba9876543210"].map((volumeId) => ({ volumeId, socket }));
  const given = argumentsOf({ instanceId: "i-0123456789abcdef0", memoryMiB: 512, disks });
  const values = (name: string) => given.filter((_value, index) => given[index - 1] === name);
  const nodes = values("-blockdev").map((text) => JSON.parse(text) as { file: { server: { path: string } } });
  assert.deepEqual(
    nodes.map(({ file }) => file.server.path),
    [socket, socket],
  );
  assert.deepEqual(values("-device"), [
    "virtio-blk-pci,drive=disk0,serial=vol0123456789abcdef0,bootindex=0",
    "virtio-blk-pci,drive=disk1,serial=vol0fedcba9876543210",
  ]);
  assert.deepEqual(values("-nic"), ["none"]);
});
