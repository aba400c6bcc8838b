import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { readSinks } from "../src/cli/sink-setting.ts";
import { claviger, program, temporaryFolder } from "./cli-kit.ts";
import { testServer } from "./kit.ts";
import { caughtUp, everyLine, served, statusOf, syslogReceiver, until, useKey } from "./sinks-kit.ts";
import { opensslMissing } from "./certificates.ts";

const linesOf = (path: string): string[] => readFileSync(path, "utf8").split("\n").slice(0, -1);

describe("a file as sink", () => {
  test("has every record, in order, is opened anew when it is moved away, and goes on after a restart", async () => {
    using place = temporaryFolder();
    const [file, data] = [place.file("audit.jsonl"), place.file("data")];
    const sinks = [`file:${file}`];
    {
      await using server = await served(sinks, data);
      await useKey(server, 3);
      await caughtUp(server);
      assert.deepEqual(linesOf(file), await everyLine(server));
      assert.equal(statSync(file).mode & 0o777, 0o600);
      renameSync(file, place.file("audit.1.jsonl"));
      await useKey(server, 2);
      await caughtUp(server);
      assert.deepEqual([...linesOf(place.file("audit.1.jsonl")), ...linesOf(file)], await everyLine(server));
    }
    // What a crash cut in two stays, and nothing is glued to it.
    appendFileSync(file, '{"torn');
    await using server = await served(sinks, data);
    await useKey(server, 1);
    await caughtUp(server);
    const all = [...linesOf(place.file("audit.1.jsonl")), ...linesOf(file)].filter((line) => line !== '{"torn');
    assert.deepEqual(all, await everyLine(server));
  });

  test("that cannot be written holds up no call, says why, and catches up when it can", async () => {
    using place = temporaryFolder();
    const file = place.file("later/audit.jsonl");
    await using server = await served([`file:${file}`, `file:${place.path}#name=folder`]);
    await useKey(server, 2);
    await until(() => statusOf(server).lastError !== null && statusOf(server, 1).lastError !== null, "both fail");
    assert.match(statusOf(server).lastError!, /ENOENT/);
    assert.equal(statusOf(server, 1).lastError, "it is not a file");
    const { out, code } = await claviger(["status", "--endpoint", server.url]);
    assert.equal(code, 0);
    assert.match(out, /audit\.jsonl {2}\d+ records behind, up to record 0\n {2}fails: ENOENT.*; tried again 20/);
    writeFileSync(place.file("x"), "");
    (await import("node:fs")).mkdirSync(place.file("later"));
    await caughtUp(server);
    assert.deepEqual(linesOf(file), await everyLine(server));
    assert.equal(statusOf(server).lastError, null);
    assert.match((await claviger(["sinks", "--endpoint", server.url])).out, /audit\.jsonl {2}(has every|1 records)/);
  });

  test("inside the data folder, by whatever name, and what is no sink, are refused in a sentence", async () => {
    using place = temporaryFolder();
    const data = place.file("data");
    (await import("node:fs")).mkdirSync(data);
    (await import("node:fs")).symlinkSync(data, place.file("link"));
    for (const path of [`${data}/claviger.db`, `${place.file("link")}/x.jsonl`])
      await assert.rejects(served([`file:${path}`], data), /a sink's file in ".*": it is inside the data folder/);
    const refused = (sink: string) => assert.throws(() => readSinks([sink]), { name: "OperatorError" }, sink);
    for (const sink of [
      "",
      "file:",
      "ftp://x",
      "syslog://x",
      "http://collector.example.com/",
      "https://",
      "stdout#ca=x",
    ])
      refused(sink);
    for (const sink of ["https://a.example/#format=xml", "syslog+tls://a.example/path", "stdout#waits=-1"])
      refused(sink);
    assert.throws(
      () => readSinks(["https://user:s3cret@a.example/"]),
      (error: Error) => !/s3cret/.test(error.message),
    );
    assert.throws(() => readSinks(["stdout", "stdout"]), /two sinks named "stdout"/);
    assert.doesNotMatch(readSinks(["https://a.example/t0ken?key=t0ken"])[0]!.name, /t0ken/);
  });
});

describe("syslog over TLS as sink", { skip: opensslMissing }, () => {
  test("sends RFC 5424 messages in RFC 5425 frames, a warning for what was refused", async () => {
    await using collector = await syslogReceiver();
    await using server = await served([`syslog+tls://127.0.0.1:${collector.port}#ca=${collector.caFile}`]);
    await useKey(server, 2);
    await claviger(["explain", "--endpoint", server.url, "00000000-0000-0000-0000-000000000000"]);
    await caughtUp(server);
    const lines = await everyLine(server);
    const messages = collector.messages();
    assert.equal(messages.length, lines.length);
    for (const [index, message] of messages.entries()) {
      const match = /^<(\d+)>1 (\S+) (\S+) claviger (\d+) (\S+) - (\{.*\})$/s.exec(message)!;
      const record = JSON.parse(lines[index]!) as Record<string, string>;
      assert.equal(match[6], lines[index]);
      assert.deepEqual([match[2], match[5]], [record.eventTime, record.eventName]);
      assert.equal(match[1], record.errorCode === undefined ? "109" : "108");
    }
    assert.ok(messages.some((message) => message.startsWith("<108>")));
  });

  test("sends again what a broken connection may have lost", async () => {
    await using collector = await syslogReceiver();
    await using server = await served([`syslog+tls://127.0.0.1:${collector.port}#ca=${collector.caFile}`]);
    for (let round = 0; round < 4; round++) {
      await useKey(server, 3);
      await until(() => collector.connections.some((socket) => !socket.destroyed), "it connects");
      collector.connections.at(-1)!.destroy();
    }
    await caughtUp(server);
    const bodies = collector.messages().map((message) => message.slice(message.indexOf(" - {") + 3));
    for (const line of await everyLine(server)) assert.ok(bodies.includes(line), line);
    assert.ok(collector.connections.length >= 4);
  });

  test("does not talk to whom the authority does not vouch for, or whose name is another", async () => {
    await using stranger = await syslogReceiver();
    await using other = await syslogReceiver("DNS:other.example");
    await using server = await served([
      `syslog+tls://127.0.0.1:${stranger.port}`,
      `syslog+tls://127.0.0.1:${other.port}#ca=${other.caFile}`,
    ]);
    await useKey(server, 1);
    await until(() => [0, 1].every((index) => statusOf(server, index).lastError !== null), "both fail");
    assert.match(statusOf(server, 1).lastError!, /127\.0\.0\.1/);
    assert.deepEqual([...stranger.messages(), ...other.messages()], []);
  });
});

describe("standard output as sink", () => {
  const start = (folder: string, ...more: string[]): ChildProcess =>
    spawn(process.execPath, [program, "dev", "--port", "0", "--data", folder, "--sink", "stdout", ...more], {
      stdio: ["ignore", "pipe", "inherit"],
    });

  test("shows records between what the program says", async () => {
    using place = temporaryFolder();
    const child = start(place.file("data"));
    const seen: string[] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      const url = /^Listening on (.*)/.exec(line)?.[1];
      if (url !== undefined) void claviger(["clock", "show", "--endpoint", url]);
      if (line.startsWith("{")) seen.push((JSON.parse(line) as { eventName: string }).eventName);
      if (line.includes('"GetClock"')) child.kill("SIGTERM");
    }
    assert.deepEqual(seen, ["GetClock"]);
  });

  test("that nobody reads holds up no call", async () => {
    using place = temporaryFolder();
    const child = start(place.file("data"));
    const url = await new Promise<string>((resolve) => {
      let text = "";
      child.stdout!.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        const found = /Listening on (\S+)\n/.exec(text)?.[1];
        if (found === undefined) return;
        child.stdout!.removeAllListeners("data");
        child.stdout!.pause();
        resolve(found);
      });
    });
    const ask = () => claviger(["sinks", "--json", "--endpoint", url]);
    // More than the pipe and the buffers on both sides take.
    for (let round = 0; round < 400; round++) assert.equal((await ask()).code, 0);
    const [status] = JSON.parse((await ask()).out) as { lag: number }[];
    assert.ok(status!.lag > 0);
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
  });
});

test("a cursor that was saved without a record does not contradict the signed state", async () => {
  using place = temporaryFolder();
  const data = place.file("data");
  for (let round = 0; round < 3; round++) {
    await using server = await testServer({ data, sinks: readSinks([`file:${place.file("audit.jsonl")}`]) });
    await useKey(server, round);
    await caughtUp(server);
    assert.equal(await fetch(`${server.url}/readyz`).then((answer) => answer.text()), "ok\n");
  }
  const { out, err } = await claviger(["audit", "verify", "--data", data]);
  assert.match(out, /^The trail is whole: /, err);
});
