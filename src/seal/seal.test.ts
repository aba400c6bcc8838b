import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { WrapSetting } from "../config.ts";
import { decide, systemDecision } from "../policy/decide.ts";
import { Decision } from "../policy/decision.ts";
import { openSeal, type SealSettings } from "./root-key.ts";
import { RootSeal } from "./root-seal.ts";

const file = (path = "root.key"): WrapSetting => ({ kind: "file", path });
const env: WrapSetting = { kind: "env", name: "CLAVIGER_TEST_ROOT" };
const passphrase: WrapSetting = { kind: "passphrase", env: "CLAVIGER_TEST_PASSPHRASE" };
const identity = (settings: SealSettings): string => openSeal(settings).derive("identity").toString("hex");

function inFolder(body: (folder: string, seal: (wraps: WrapSetting[], production?: boolean) => string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "claviger-seal-"));
  try {
    body(folder, (wraps, production = false) => identity({ folder, wraps, production }));
  } finally {
    delete process.env.CLAVIGER_TEST_ROOT;
    delete process.env.CLAVIGER_TEST_PASSPHRASE;
    rmSync(folder, { recursive: true });
  }
}

const operatorError = (message: RegExp) => ({ name: "OperatorError", message });

test("one root key, wrapped three ways, each enough alone", () =>
  inFolder((folder, seal) => {
    process.env.CLAVIGER_TEST_ROOT = randomBytes(32).toString("hex");
    process.env.CLAVIGER_TEST_PASSPHRASE = "correct horse battery staple";
    const first = seal([file()]);
    assert.equal(seal([file(), env, passphrase]), first, "further wraps are added");
    for (const wrap of [file(), env, passphrase]) assert.equal(seal([wrap]), first, wrap.kind);
    const wraps = JSON.parse(readFileSync(join(folder, "root-wraps.json"), "utf8")) as { wraps: { kind: string }[] };
    assert.deepEqual(
      wraps.wraps.map(({ kind }) => kind),
      ["file", "env", "passphrase"],
    );
    rmSync(join(folder, "root.key"));
    assert.equal(seal([file(), passphrase]), first, "one that is lost is passed over");
    assert.ok(existsSync(join(folder, "root-wraps.json")));
  }));

test("files are the owner's alone, and a root key that others can read is refused", () =>
  inFolder((folder, seal) => {
    seal([file()]);
    for (const name of ["root.key", "root-wraps.json"]) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    chmodSync(join(folder, "root.key"), 0o640);
    assert.throws(() => seal([file()]), operatorError(/others can read it$/));
  }));

test("a wrong secret opens nothing, and neither the secret nor the key is in the sentence", () =>
  inFolder((folder, seal) => {
    process.env.CLAVIGER_TEST_ROOT = randomBytes(32).toString("base64");
    process.env.CLAVIGER_TEST_PASSPHRASE = "right";
    const first = seal([env, passphrase]);
    process.env.CLAVIGER_TEST_PASSPHRASE = "wrong secret";
    assert.throws(
      () => seal([passphrase]),
      operatorError(/^Cannot unwrap the root key in ".*" with passphrase "CLAVIGER/),
    );
    const other = randomBytes(32).toString("base64");
    process.env.CLAVIGER_TEST_ROOT = other;
    assert.throws(
      () => seal([env, passphrase]),
      (error: Error) => !error.message.includes(other) && !error.message.includes("wrong secret"),
    );
    process.env.CLAVIGER_TEST_PASSPHRASE = "right";
    assert.equal(seal([passphrase]), first);
    process.env.CLAVIGER_TEST_ROOT = "too short";
    assert.throws(() => seal([env]), operatorError(/^Cannot read a root key from the environment variable/));
    writeFileSync(join(folder, "root-wraps.json"), "{}");
    assert.throws(() => seal([passphrase]), operatorError(/the file is damaged$/));
  }));

test("a wrap that was changed does not open", () =>
  inFolder((folder, seal) => {
    process.env.CLAVIGER_TEST_ROOT = randomBytes(32).toString("base64");
    seal([env]);
    const path = join(folder, "root-wraps.json");
    const text = readFileSync(path, "utf8");
    const sealed = /"sealed": "(.)/.exec(text)![1]!;
    writeFileSync(path, text.replace(`"sealed": "${sealed}`, `"sealed": "${sealed === "A" ? "B" : "A"}`));
    assert.throws(() => seal([env]), operatorError(/^Cannot unwrap/));
    writeFileSync(path, text.replace('"name": "CLAVIGER_TEST_ROOT"', '"name": "OTHER"'));
    assert.throws(() => seal([env]), operatorError(/^Cannot unwrap/), "the name is bound");
  }));

test("in production a root-key file inside the data folder is refused, however it is spelled", () =>
  inFolder((folder, seal) => {
    for (const path of ["root.key", "./x/../root.key", join(folder, "root.key"), join(folder, "deep", "root.key")])
      assert.throws(() => seal([file(path)], true), operatorError(/inside the data folder/), path);
    const outside = `${folder}.key`;
    assert.equal(seal([file(outside)], true), seal([file(outside)]));
    rmSync(outside);
  }));

test("a folder with rows and without wraps is not given a new root key", () =>
  inFolder((folder, seal) => {
    writeFileSync(join(folder, "claviger.db"), "");
    assert.throws(() => seal([file()]), operatorError(/root-wraps.json is missing$/));
  }));

test("the one door opens for an allowing decision only, and only where the secret stands", () => {
  const seal = new RootSeal(randomBytes(32));
  const place = { kind: "material", id: "a" };
  const wrapped = seal.wrap(place, Buffer.from("secret"));
  assert.equal(seal.open(systemDecision("test"), place, wrapped).toString(), "secret");
  const denied = decide({
    caller: { kind: "user", account: "1", arn: "a", principalArn: "a", uniqueId: "u" },
    authority: { identity: [] },
    action: "kms:Encrypt",
    resource: "*",
    resourceAccount: "1",
    trust: "identity",
    context: new Map(),
  });
  const forged = Object.create(Decision.prototype, { allowed: { value: true } }) as Decision;
  for (const decision of [denied, { allowed: true } as Decision, forged])
    assert.throws(() => seal.open(decision, place, wrapped));
  assert.throws(() => seal.openCredential(place, wrapped), /not a credential/);
  for (const other of [
    { kind: "material", id: "b" },
    { kind: "key", id: "a" },
  ])
    assert.throws(() => seal.open(systemDecision("test"), other, wrapped), { name: "SecretDoesNotOpen" });
  assert.throws(() => new RootSeal(randomBytes(32)).open(systemDecision("test"), place, wrapped));
  for (let at = 0; at < wrapped.length; at++) {
    const changed = Buffer.from(wrapped);
    changed[at]! ^= 1;
    assert.throws(() => seal.open(systemDecision("test"), place, changed), `byte ${at}`);
  }
});

test("a row's MAC binds every part of it", () => {
  const seal = new RootSeal(randomBytes(32));
  const row = { kind: "k", id: "i", scope: "s", parent: "p", due: 1, version: 1, content: "{}", secret: Buffer.of(1) };
  const changes: object[] = [
    { kind: "ki", id: "" },
    { id: "is", scope: "" },
    { scope: "sp", parent: "" },
    { due: null },
    { due: 2 },
    { version: 2 },
    { due: null, version: 11 },
    { content: "{ }" },
    { secret: null },
    { secret: Buffer.of(1, 0) },
    { secret: Buffer.alloc(0) },
  ];
  const macs = [{}, ...changes].map((change) => seal.mac({ ...row, ...change }).toString("hex"));
  assert.equal(new Set(macs).size, macs.length);
});
