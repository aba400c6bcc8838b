import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { ProtobufLogsSerializer } from "@opentelemetry/otlp-transformer";
import { opensslMissing } from "./certificates.ts";
import { claviger, temporaryFolder } from "./cli-kit.ts";
import { caughtUp, everyLine, type Receiver, receiver, served, statusOf, until, useKey } from "./sinks-kit.ts";

const sinkFor = ({ port, certified }: Receiver, more = ""): string =>
  `https://127.0.0.1:${port}/in?key=k3y-in-url#ca=${certified!.caFile}${more}`;
const linesOf = ({ posts }: Receiver): string[] => posts.flatMap(({ body }) => body.toString().trim().split("\n"));

describe("HTTPS as sink", { skip: opensslMissing }, () => {
  test("gets batches of lines with the bearer token, which may be replaced while the service runs", async () => {
    using place = temporaryFolder();
    const token = place.file("token");
    writeFileSync(token, "first-t0ken\n");
    await using siem = await receiver();
    await using server = await served([sinkFor(siem, `&bearer=${token}`)]);
    await useKey(server, 5);
    await caughtUp(server);
    writeFileSync(token, "second-t0ken");
    await useKey(server, 1);
    await caughtUp(server);
    assert.deepEqual(linesOf(siem), await everyLine(server));
    const [first, last] = [siem.posts[0]!, siem.posts.at(-1)!];
    assert.deepEqual(
      [first.headers.authorization, last.headers.authorization],
      ["Bearer first-t0ken", "Bearer second-t0ken"],
    );
    assert.deepEqual([first.headers["content-type"], first.path], ["application/x-ndjson", "/in?key=k3y-in-url"]);
    const { out } = await claviger(["status", "--json", "--endpoint", server.url]);
    assert.doesNotMatch(out, /t0ken|k3y/);
  });

  test("gets JSON arrays when it wants them", async () => {
    await using siem = await receiver();
    await using server = await served([sinkFor(siem, "&format=array")]);
    await useKey(server, 3);
    await caughtUp(server);
    const records = siem.posts.flatMap(({ body }) => JSON.parse(body.toString()) as object[]);
    assert.deepEqual(
      records,
      (await everyLine(server)).map((line) => JSON.parse(line) as object),
    );
  });

  test("that fails, breaks off, asks for patience or for less gets everything in the end, in order", async () => {
    await using siem = await receiver();
    const taken: string[] = [];
    siem.behave = ({ body }, count) => {
      if (count % 5 === 1) return { status: 500, body: "s3cret of the other side" };
      if (count % 5 === 2) return "break";
      if (count % 5 === 3) return { status: 302, headers: { location: "http://169.254.169.254/" } };
      const lines = body.toString().trim().split("\n");
      if (lines.length > 3) return { status: 413 };
      taken.push(...lines);
      return { status: 202 };
    };
    await using server = await served([sinkFor(siem)]);
    await useKey(server, 12);
    await caughtUp(server);
    assert.deepEqual(taken, await everyLine(server));
  });

  test("that hangs, and one that nobody listens at, hold up no call and little memory", async () => {
    await using slow = await receiver();
    slow.behave = () => "hang";
    await using server = await served([sinkFor(slow, "&name=slow"), "https://127.0.0.1:1/in#name=dead"]);
    await useKey(server, 100);
    await until(() => statusOf(server, 1).lastError !== null, "the dead one fails");
    assert.equal(slow.posts.length, 1, "one batch is under way, and no more");
    assert.ok(statusOf(server).lag > 90 && statusOf(server, 1).lag > 90);
    assert.match(statusOf(server, 1).lastError!, /ECONNREFUSED/);
    assert.ok(slow.posts[0]!.body.length < 1.1 * 1024 * 1024);
  });

  test("is given what came while it was away, after the service was ended", async () => {
    using place = temporaryFolder();
    await using siem = await receiver();
    const sinks = [sinkFor(siem)];
    siem.behave = () => ({ status: 503, headers: { "retry-after": "0" } });
    {
      await using server = await served(sinks, place.file("data"));
      await useKey(server, 4);
    }
    const before = siem.posts.length;
    siem.behave = () => ({ status: 200 });
    await using server = await served(sinks, place.file("data"));
    await useKey(server, 2);
    await caughtUp(server);
    const got = siem.posts.slice(before).flatMap(({ body }) => body.toString().trim().split("\n"));
    assert.deepEqual(got, await everyLine(server));
  });

  test("says what is wrong with a token without showing it", async () => {
    using place = temporaryFolder();
    writeFileSync(place.file("two-lines"), "s3cret\nX-Injected: yes");
    await using siem = await receiver();
    await using server = await served([
      sinkFor(siem, `&bearer=${place.file("two-lines")}&name=a`),
      sinkFor(siem, `&bearer=${place.file("none")}&name=b`),
    ]);
    await useKey(server, 1);
    await until(() => [0, 1].every((index) => statusOf(server, index).lastError !== null), "both fail");
    assert.match(statusOf(server, 0).lastError!, /not one line of printable characters/);
    assert.match(statusOf(server, 1).lastError!, /cannot be read from ".*none": ENOENT/);
    assert.doesNotMatch(JSON.stringify(server.house.sinks.status()), /s3cret/);
    assert.deepEqual(siem.posts, []);
  });

  test("of a host that is in no table of the operator's opens no way to it for callers", async () => {
    await using siem = await receiver();
    await using server = await served([sinkFor(siem)]);
    assert.equal(server.house.outbound.maps("127.0.0.1"), false);
  });
});

describe("OpenTelemetry logs as sink", () => {
  /** Fields of a protobuf message: their numbers, and what is length-delimited as bytes. */
  function* fields(bytes: Buffer): Generator<{ field: number; value: Buffer | bigint }> {
    let at = 0;
    const varint = () => {
      let [value, shift] = [0n, 0n];
      for (; ; shift += 7n) {
        const byte = bytes[at++]!;
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
    };
    while (at < bytes.length) {
      const key = Number(varint());
      const [field, kind] = [key >> 3, key & 7];
      if (kind === 0) yield { field, value: varint() };
      else {
        const length = kind === 1 ? 8 : kind === 5 ? 4 : Number(varint());
        yield { field, value: bytes.subarray(at, (at += length)) };
      }
    }
  }
  const inside = (bytes: Buffer, ...path: number[]): Buffer[] => {
    const [wanted, ...rest] = path;
    if (wanted === undefined) return [bytes];
    return [...fields(bytes)].flatMap(({ field, value }) =>
      field === wanted && typeof value !== "bigint" ? inside(value, ...rest) : [],
    );
  };

  test("arrive at a collector on this machine: bodies, severities, attributes; refused ones are counted", async () => {
    await using collector = await receiver({ plain: true });
    await using server = await served([`otlp+http://127.0.0.1:${collector.port}`]);
    await useKey(server, 3);
    await claviger(["explain", "--endpoint", server.url, "00000000-0000-0000-0000-000000000000"]);
    await caughtUp(server);
    assert.deepEqual(
      [collector.posts[0]!.path, collector.posts[0]!.headers["content-type"]],
      ["/v1/logs", "application/x-protobuf"],
    );
    // ExportLogsServiceRequest.resource_logs.scope_logs.log_records
    const records = collector.posts.flatMap(({ body }) => inside(body, 1, 2, 2));
    const lines = await everyLine(server);
    assert.deepEqual(
      records.map((record) => inside(record, 5, 1)[0]!.toString()),
      lines,
    );
    for (const [index, record] of records.entries()) {
      const { eventTime, errorCode } = JSON.parse(lines[index]!) as Record<string, string>;
      const time = [...fields(record)].find(({ field }) => field === 1)!.value as Buffer;
      assert.equal(time.readBigUInt64LE(), BigInt(Date.parse(eventTime!)) * 1_000_000n);
      const severity = [...fields(record)].find(({ field }) => field === 2)!.value;
      assert.equal(severity, errorCode === undefined ? 9n : 13n);
      assert.ok(inside(record, 6).some((pair) => pair.includes("cloud.account.id") && pair.includes("000000000000")));
    }
    const answer = Buffer.from([0x0a, 0x02, 0x08, 0x02]);
    assert.equal(Number(ProtobufLogsSerializer.deserializeResponse(answer).partialSuccess!.rejectedLogRecords), 2);
    collector.behave = () => ({ status: 200, body: answer });
    await useKey(server, 1);
    await caughtUp(server);
    assert.ok(statusOf(server).refused >= 2);
  });

  test("go over TLS with a token to one elsewhere", { skip: opensslMissing }, async () => {
    using place = temporaryFolder();
    writeFileSync(place.file("token"), "t0ken");
    await using collector = await receiver();
    await using server = await served([
      `otlp+https://127.0.0.1:${collector.port}/otlp#ca=${collector.certified!.caFile}&bearer=${place.file("token")}`,
    ]);
    await useKey(server, 1);
    await caughtUp(server);
    assert.deepEqual([collector.posts[0]!.path, collector.posts[0]!.headers.authorization], ["/otlp", "Bearer t0ken"]);
  });
});
