import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { readDuration } from "../src/cli/clock.ts";
import { commands } from "../src/cli/commands.ts";
import { printable, recordLine } from "../src/cli/record-line.ts";
import { readListen, readSeal } from "../src/cli/running.ts";
import { claviger, program, ran, started, temporaryFolder } from "./cli-kit.ts";

describe("the command line explains itself", () => {
  test("help lists every command, and every command has an example", async () => {
    const { code, out } = await claviger(["help"]);
    assert.equal(code, 0);
    for (const name of Object.keys(commands)) {
      assert.match(out, new RegExp(`^  ${name} `, "m"));
      const help = await claviger(["help", name]);
      assert.deepEqual(await claviger([name, "--help"]), help);
      assert.match(help.out, new RegExp(`^  (\\w+=\\w+ )*claviger ${name}|^  claviger ${name}`, "m"), name);
    }
  });

  test("what is wrong with the command line is said in one sentence and one hint, with exit code 2", async () => {
    const wrong = async (args: string[], text: RegExp) => {
      const { code, out, err } = await claviger(args);
      assert.equal(code, 2, err);
      assert.equal(out, "");
      assert.match(err, text);
      assert.ok(err.split("\n").length <= 2, err);
    };
    await wrong(
      ["frobnicate"],
      /^Cannot run "frobnicate": there is no such command\nHint: claviger help lists them\.$/,
    );
    await wrong(["constructor"], /no such command/);
    await wrong(["help", "toString"], /no such command/);
    await wrong(
      ["status", "--jason"],
      /^Cannot understand "--jason": this command does not have it; it takes --endpoint/,
    );
    await wrong(["dev", "--port"], /^Cannot understand "--port.*": it needs a value/);
    await wrong(["dev", "--ephemeral=yes"], /it takes no value/);
    await wrong(["dev", "now"], /^Cannot understand "now"/);
    await wrong(["clock", "rewind"], /say show or advance/);
    await wrong(["clock", "advance", "soon"], /write 90s, 15m, 12h, 30d/);
    await wrong(["audit"], /say tail or verify/);
    await wrong(["audit", "tail", "--lines", "0"], /from 1 to 1000000/);
    await wrong(["env", "decrypt", ".env"], /say env encrypt or env run/);
    await wrong(["env", "encrypt", ".env"], /without --key/);
    await wrong(["env", "run", ".env"], /Cannot run nothing/);
    await wrong(["serve"], /without --config/);
    await wrong(["init", "--config", "x.json", "--account", "12"], /twelve digits/);
    await wrong(["dev", "--seal", "hsm:1"], /there is no kind "hsm"/);
  });

  test("without a command it lists them and fails; version knows itself", async () => {
    assert.equal((await claviger([])).code, 2);
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    assert.match(
      (await claviger(["version"])).out,
      new RegExp(`^claviger ${version.replaceAll(".", "\\.")} \\(Node 2`),
    );
    assert.deepEqual(await claviger(["--version"]), await claviger(["version"]));
  });

  test("nothing listens there", async () => {
    const { code, err } = await claviger(["status", "--endpoint", "http://127.0.0.1:1"]);
    assert.deepEqual({ code, err }, { code: 1, err: "Cannot reach http://127.0.0.1:1: nothing listens there" });
    assert.match(
      (await claviger(["status", "--endpoint", "localhost:4566"])).err,
      /^Cannot use the endpoint "localhost:4566"/,
    );
  });
});

describe("what flags and files say", () => {
  test("durations, addresses, seals", () => {
    assert.equal(readDuration("1d12h"), 129_600);
    assert.equal(readDuration("90s"), 90);
    for (const bad of ["", "d", "1", "1w", "-1d", "1.5h", "12345678d"])
      assert.throws(() => readDuration(bad), /write 90s/);
    assert.deepEqual(readListen("[::1]:0"), { host: "::1", port: "0" });
    assert.deepEqual(readListen("4566"), { port: "4566" });
    assert.throws(() => readListen("localhost"), /is not HOST:PORT/);
    assert.deepEqual(readSeal("passphrase:SECRET"), { kind: "passphrase", env: "SECRET" });
  });

  test("a configuration is refused in a sentence", async () => {
    using folder = temporaryFolder();
    const file = folder.file("claviger.json");
    const refused = async (content: unknown, text: RegExp) => {
      writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
      const { code, err } = await claviger(["serve", "--config", file]);
      assert.equal(code, 1, err);
      assert.match(err, text);
      assert.equal(err.split("\n")[0]!.split("Hint").length, 1);
    };
    const seals = [{ kind: "file", path: "root.key" }];
    assert.match((await claviger(["serve", "--config", folder.file("none")])).err, /there is no such file/);
    await refused("{", /it is not JSON/);
    await refused([], /it must be an object/);
    await refused({ data: "d", seals, tls: true }, /there is no member "tls"/);
    await refused({ seals }, /"data" must name/);
    await refused({ data: "d", seals: [{ kind: "hsm" }] }, /seal 1 has no known "kind"/);
    await refused({ data: "d", seals: [{ kind: "env" }] }, /needs "name"/);
    await refused({ data: "d", seals: [{ kind: "env", name: "A", path: "b" }] }, /has no member "path"/);
    await refused({ data: "d", seals: [] }, /without a seal/);
    await refused({ data: "d", seals, listen: "0.0.0.0:4566" }, /beyond loopback needs TLS/);
    await refused({ data: ".", seals }, /inside the data folder/);
  });

  test("a record's line cannot move the reader's cursor", () => {
    const line = recordLine({
      eventName: "A\u001b[2J",
      eventSource: "kms.amazonaws.com",
      userIdentity: { arn: "x\ny" },
    });
    assert.match(line, /^\? {2}kms:A\ufffd\[2J +x\ufffdy +ok$/);
    const record = { eventTime: "2026-01-31T10:00:00Z", eventName: "Encrypt", eventSource: "kms.amazonaws.com" };
    assert.equal(recordLine(record, 40), "2026-01-31T10:00:00Z  kms:Encrypt      …");
    assert.equal(printable("\u202eabc é"), "\ufffdabc é");
  });
});

test("dev says where it listens in one line, refuses a second start, and ends with 0 when asked", async () => {
  using folder = temporaryFolder();
  using server = await started("dev", "--port", "0", "--data", folder.path);
  const { url, told, child, end } = server;
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.match(told, /NOT FOR PRODUCTION/);
  for (const path of ["/livez", "/readyz"]) assert.equal((await fetch(url + path)).status, 200);
  const status = await claviger(["status", "--endpoint", url, "--json"]);
  assert.equal(status.code, 0, status.err);
  assert.equal((JSON.parse(status.out) as { mode: string }).mode, "development");
  const refused = await ran(process.execPath, [program, "dev", "--port", "0", "--data", folder.path]);
  assert.equal(refused.code, 1);
  assert.match(refused.err, new RegExp(`it is locked by process ${child.pid}`));
  child.kill("SIGTERM");
  assert.equal((await end).code, 0);
});
