import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { ran, temporaryFolder } from "./cli-kit.ts";
import { root, testServer } from "./kit.ts";
import { awsEnvironment } from "./outside-programs.ts";
import { blockBytes, copy, ec2, madeSnapshot, settled, sharedKey } from "./snapshot-kit.ts";

const runs = (command: string, ...words: string[]): boolean => !spawnSync(command, words, { stdio: "ignore" }).error;
const missing = ["dsnap", "mke2fs", "debugfs"].find((command) => !runs(command, "--help"));

test("a disk image with a file system goes in, is copied under another key in another Region, and comes out by dsnap", {
  skip: missing === undefined ? false : `${missing} is not installed`,
}, async () => {
  await using server = await testServer();
  using folder = temporaryFolder();
  const [image, content] = [folder.file("disk.img"), folder.file("content")];
  mkdirSync(content);
  writeFileSync(`${content}/letter`, "what the disk holds");
  const made = await ran("mke2fs", ["-q", "-t", "ext4", "-d", content, image, "32M"], process.env);
  assert.equal(made.code, 0, made.err);
  const bytes = readFileSync(image);
  const blocks = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = bytes.subarray(at, at + blockBytes);
    if (block.some((byte) => byte !== 0)) blocks.set(at / blockBytes, block);
  }
  const account = "000000000000";
  const source = await madeSnapshot(server, blocks, await sharedKey(server, account), root);
  const there = "us-east-1";
  const id = await copy(ec2(server, root, there), source, { KmsKeyId: await sharedKey(server, account, [], there) });
  assert.equal((await settled(ec2(server, root, there), id)).State, "completed");
  const got = await ran("dsnap", ["--region", there, "get", "--output", folder.path, id], awsEnvironment(server));
  assert.equal(got.code, 0, got.err);
  const back = folder.file(`${id}.img`);
  const found = Buffer.alloc(bytes.length);
  const file = openSync(back, "r");
  readSync(file, found, 0, found.length, 0);
  closeSync(file);
  assert.ok(found.equals(bytes));
  const letter = await ran("debugfs", ["-R", "cat /letter", back], process.env);
  assert.equal(letter.out, "what the disk holds");
});
