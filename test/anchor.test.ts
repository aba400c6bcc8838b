import assert from "node:assert/strict";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { readAnchorPlace } from "../src/cli/anchor-place.ts";
import { opensslMissing } from "./certificates.ts";
import { claviger, temporaryFolder } from "./cli-kit.ts";
import { testServer } from "./kit.ts";
import { quick, receiver, until, useKey } from "./sinks-kit.ts";

const verify = (...args: string[]) => claviger(["audit", "verify", ...args]);

describe("an anchor behind a URL", { skip: opensslMissing }, () => {
  test("is PUT with every checkpoint, tried again, and verified from there or from a saved file", async () => {
    using place = temporaryFolder();
    await using vault = await receiver();
    writeFileSync(place.file("token"), "t0ken");
    const url = `https://127.0.0.1:${vault.port}/anchor#ca=${vault.certified!.caFile}&bearer=${place.file("token")}`;
    let kept = "";
    let away = true;
    const methods = new Set<string>();
    vault.behave = ({ method, body }) => {
      methods.add(method);
      if (away) return { status: 503 };
      if (method === "PUT") kept = body.toString();
      return { status: 200, ...(method === "GET" && { body: kept }) };
    };
    const data = place.file("data");
    {
      await using server = await testServer({ data, ...readAnchorPlace(url, String) }, quick);
      await useKey(server, 5);
      await until(() => server.house.anchor!.status().lastError === "it answers 503", "it fails");
      assert.match(
        (await claviger(["status", "--endpoint", server.url])).out,
        /anchor https:\/\/127\.0\.0\.1:\d+ {2}.*\n {2}fails: it answers 503/,
      );
      away = false;
      await useKey(server, 2);
      await until(() => server.house.anchor!.status().lastError === null && kept !== "", "it is kept");
      assert.doesNotMatch(JSON.stringify(server.house.anchor!.status()), /t0ken/);
    }
    assert.equal(vault.posts.at(-1)!.headers.authorization, "Bearer t0ken");
    assert.match((await verify("--data", data, "--anchor", url)).out, /^The trail is whole: /);
    writeFileSync(place.file("saved.json"), kept);
    assert.equal((await verify("--data", data, "--anchor", place.file("saved.json"))).code, 0);
    assert.deepEqual([...methods].sort(), ["GET", "PUT"]);
    kept = kept.replace(/"batch":\d+/, '"batch":99999');
    assert.match(
      (await verify("--data", data, "--anchor", url)).err,
      /the signature of the anchor at batch 99999 does not hold/,
    );
    kept = "<html>";
    assert.match((await verify("--data", data, "--anchor", url)).err, /Cannot read the anchor "https:.*it is damaged/);
    away = true;
    assert.match((await verify("--data", data, "--anchor", url)).err, /it answers 503/);
  });

  test("has the last checkpoint when the service has ended", async () => {
    using place = temporaryFolder();
    await using vault = await receiver();
    const url = `https://127.0.0.1:${vault.port}/a#ca=${vault.certified!.caFile}`;
    {
      await using server = await testServer({ data: place.file("data"), ...readAnchorPlace(url, String) }, quick);
      await useKey(server, 3);
    }
    const { unsigned, records } = JSON.parse((await verify("--json", "--data", place.file("data"))).out) as Record<
      string,
      number
    >;
    const last = JSON.parse(vault.posts.at(-1)!.body.toString()) as { records: number };
    assert.deepEqual([last.records, unsigned], [records, 0]);
  });
});

test("an anchor inside the data folder is refused, through a link too", async () => {
  using place = temporaryFolder();
  const data = place.file("data");
  symlinkSync(data, place.file("link"));
  for (const anchor of [`${data}/anchor.json`, `${place.file("link")}/anchor.json`, `${data}/../data/x`])
    await assert.rejects(testServer({ data, anchor }), /Cannot keep the anchor in .*: it is inside the data folder/);
  await using server = await testServer({ data, anchor: place.file("anchor.json") });
  await useKey(server, 1);
  await until(() => server.house.anchor!.status().lastSuccess !== null, "it is kept");
  assert.match(readFileSync(place.file("anchor.json"), "utf8"), /^\{"version":1,/);
});
