import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256 } from "../src/sigv4/canonical.ts";
import { presign } from "../src/sigv4/sign.ts";
import { testServer, type TestServer } from "./kit.ts";
import { formCall, type Got, kmsCall, send, type Sent, withAuthorization, withHeader } from "./wire-kit.ts";

const mismatch =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

const minutes = (count: number): number => count * 60_000;
const refused = (got: Got, status: number, code: string, message: string | RegExp): void => {
  assert.deepEqual([got.status, got.code], [status, code], got.text);
  if (typeof message === "string") assert.equal(got.message, message);
  else assert.match(got.message, message);
};

const listKeys = (server: TestServer, signing = {}): Sent => kmsCall(server, "ListKeys", { Limit: 10 }, signing);
const whoAmI = (server: TestServer, signing = {}): Sent =>
  formCall(server, "sts", "Action=GetCallerIdentity&Version=2011-06-15", signing);

test("a request that was changed after it was signed is refused in AWS's words", async () => {
  await using server = await testServer();
  const good = listKeys(server);
  assert.equal((await send(server, good)).status, 200);
  const changed: Record<string, Sent> = {
    body: { ...good, body: '{"Limit":11}' },
    "declared hash": withHeader(good, "x-amz-content-sha256", "0".repeat(64)),
    target: withHeader(good, "x-amz-target", "TrentService.ListAliases"),
    path: { ...good, target: "/other" },
    query: { ...good, target: "/?Limit=10" },
    method: { ...good, method: "PUT" },
    "content type": withHeader(good, "content-type", "application/x-amz-json-1.0"),
    host: withHeader(good, "host", `localhost:${server.port}`),
    date: withHeader(good, "x-amz-date", "20200101T000000Z"),
    Region: withAuthorization(good, (text) => text.replace("/eu-west-1/", "/eu-west-2/")),
    signature: withAuthorization(good, (text) => text.replace(/.$/, (last) => (last === "0" ? "1" : "0"))),
    "signed headers": withAuthorization(good, (text) => text.replace("content-type;", "")),
  };
  for (const [what, sent] of Object.entries(changed)) {
    const got = await send(server, sent);
    const code = what === "method" ? "UnknownOperationException" : "InvalidSignatureException";
    assert.equal(got.code, code, `${what}: ${got.text}`);
    if (!["date", "declared hash", "method"].includes(what)) assert.equal(got.message, mismatch, what);
  }
});

test("a body is hashed here: a signed hash of another body does not help", async () => {
  await using server = await testServer();
  const hash = sha256('{"Limit":10}');
  const sent = kmsCall(server, "ListKeys", { Limit: 10 }, { headers: { "x-amz-content-sha256": hash } });
  assert.equal((await send(server, sent)).status, 200);
  refused(await send(server, { ...sent, body: '{"Limit":11}' }), 400, "InvalidSignatureException", mismatch);
});

test("every x-amz-* header and the host must be signed", async () => {
  await using server = await testServer();
  const must = (name: string) => `'${name}' must be a 'SignedHeader' in the AWS Authorization.`;
  const added = withHeader(listKeys(server), "x-amz-anything", "1");
  refused(await send(server, added), 400, "InvalidSignatureException", must("x-amz-anything"));
  const token = withHeader(listKeys(server), "x-amz-security-token", "abc");
  refused(await send(server, token), 400, "InvalidSignatureException", must("x-amz-security-token"));
  const noTarget = withAuthorization(listKeys(server), (text) => text.replace(";x-amz-target", ""));
  refused(await send(server, noTarget), 400, "InvalidSignatureException", must("x-amz-target"));
  const noHost = withAuthorization(listKeys(server), (text) => text.replace("host;", ""));
  const hostMessage = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
  refused(await send(server, noHost), 400, "InvalidSignatureException", hostMessage);
  const promised = withAuthorization(listKeys(server), (text) => text.replace("host;", "host;x-amz-a;"));
  refused(await send(server, promised), 400, "InvalidSignatureException", mismatch);
});

test("a header that decides something and is given twice is refused before any work", async () => {
  await using server = await testServer();
  for (const name of ["host", "x-amz-date", "x-amz-target", "content-type"]) {
    const good = listKeys(server);
    const [, value] = good.headers.find(([other]) => other === name)!;
    const got = await send(server, { ...good, headers: [...good.headers, [name, value]] });
    assert.equal(got.status, 400, `${name}: ${got.text}`);
  }
});

test("a credential scoped to another service or day is refused", async () => {
  await using server = await testServer();
  const other = listKeys(server, { service: "s3" });
  const toKms = "Credential should be scoped to correct service: 'kms'.";
  refused(await send(server, other), 400, "InvalidSignatureException", toKms);
  const wrongDay = withAuthorization(listKeys(server), (text) => text.replace(/\/\d{8}\//, "/20200101/"));
  refused(await send(server, wrongDay), 400, "InvalidSignatureException", /^Date in Credential scope does not match/);
  const ending = withAuthorization(listKeys(server), (text) => text.replace("/aws4_request", "/aws5_request"));
  const terminator = "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'.";
  refused(await send(server, ending), 400, "IncompleteSignatureException", terminator);
});

test("a clock that is wrong is told so: five minutes for KMS, fifteen for STS, both ways", async () => {
  await using server = await testServer();
  const near = Date.now();
  for (const [call, code, most] of [
    [listKeys, "InvalidSignatureException", 5],
    [whoAmI, "SignatureDoesNotMatch", 15],
  ] as const) {
    const status = most === 5 ? 400 : 403;
    const old = await send(server, call(server, { now: near - minutes(most + 1) }));
    assert.match(
      old.message,
      most === 5
        ? /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/
        : /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)$/,
    );
    assert.deepEqual([old.status, old.code], [status, code]);
    const early = await send(server, call(server, { now: near + minutes(most + 1) }));
    assert.match(early.message, /^Signature not yet current: \d{8}T\d{6}Z is still later than .* \+ (5|15) min\.\)$/);
    assert.deepEqual([early.status, early.code], [status, code]);
    for (const away of [-(most - 1), most - 1])
      assert.equal((await send(server, call(server, { now: near + minutes(away) }))).status, 200);
  }
});

test("within the window a request may be sent again, as on AWS, and each is recorded", async () => {
  await using server = await testServer();
  const sent = listKeys(server);
  assert.equal((await send(server, sent)).status, 200);
  assert.equal((await send(server, sent)).status, 200);
});

test("a presigned GET tells who one is, for as long as it says", async () => {
  await using server = await testServer();
  const host = `127.0.0.1:${server.port}`;
  const credentials = { accessKeyId: "111122223333", secretAccessKey: "test" };
  const target = "/?Action=GetCallerIdentity&Version=2011-06-15";
  const unsigned = { method: "GET", target, headers: { host }, body: Buffer.alloc(0) };
  const url = (now: number, expires: number) =>
    presign(unsigned, credentials, { region: "us-east-1", service: "sts", now }, expires);
  const get = (path: string, more: Sent["headers"] = []) =>
    send(server, { method: "GET", target: path, headers: [["host", host], ...more], body: "" });
  const good = url(Date.now(), 60);
  assert.match((await get(good)).text, /<Arn>arn:aws:iam::111122223333:root<\/Arn>/);
  refused(await get(good.replace("Expires=60", "Expires=61")), 403, "SignatureDoesNotMatch", mismatch);
  refused(await get(url(Date.now() - minutes(2), 60)), 403, "SignatureDoesNotMatch", /^Signature expired: /);
  assert.equal((await get(url(Date.now() - minutes(30), 3600))).status, 200);
  const both = await get(good, [["authorization", "AWS4-HMAC-SHA256 Credential=a"]]);
  assert.deepEqual([both.status, both.code], [400, "IncompleteSignature"]);
  const unsignedHeader = await get(good, [["x-k8s-aws-id", "cluster"]]);
  assert.equal(unsignedHeader.status, 200);
  for (const path of [
    good.replace("X-Amz-Expires=60", "X-Amz-Expires=0"),
    url(Date.now(), 604_801),
    `${good}&${good.slice(2)}`,
  ])
    assert.equal((await get(path)).status, 400);
});
