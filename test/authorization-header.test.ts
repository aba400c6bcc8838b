import assert from "node:assert/strict";
import { test } from "node:test";
import { authenticate } from "../src/identity/authenticate.ts";
import type { AccessKey } from "../src/identity/entities.ts";
import { type Credentials, testServer } from "./kit.ts";
import { addUser, commit, rootSession } from "./people-kit.ts";
import { kmsCall, send, withAuthorization, withHeader } from "./wire-kit.ts";

const without = (name: string) => (text: string) =>
  text.replace(/^(\S+) (.*)$/, (_, algorithm: string, rest: string) => {
    const parts = rest.split(", ").filter((part) => !part.startsWith(`${name}=`));
    return `${algorithm} ${parts.join(", ")}`;
  });
const needs = (name: string) => `Authorization header requires '${name}' parameter.`;

const malformed: readonly (readonly [what: string, change: (text: string) => string, message: string | RegExp])[] = [
  ["no credential", without("Credential"), needs("Credential")],
  ["no signature", without("Signature"), needs("Signature")],
  ["no signed headers", without("SignedHeaders"), needs("SignedHeaders")],
  ["nothing of it", () => "AWS4-HMAC-SHA256 a=b", ["Credential", "Signature", "SignedHeaders"].map(needs).join(" ")],
  [
    "no pairs",
    () => "AWS4-HMAC-SHA256 hello",
    "'hello' not a valid key=value pair (missing equal-sign) in Authorization header.",
  ],
  ["another algorithm", (text) => text.replace("SHA256", "SHA1"), "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'."],
  ["another scheme", () => "Basic dGVzdDp0ZXN0", "Unsupported AWS 'algorithm': 'Basic'."],
  ["a short scope", (text) => text.replace("/kms", ""), /^Credential must have exactly 5 slash-delimited elements/],
  ["a twisted scope", (text) => text.replace("/kms/", "/K M S/"), /^Credential should be scoped correctly/],
  ["a parameter twice", (text) => `${text}, Signature=00`, /more than one 'Signature' parameter/],
  ["a short signature", (text) => text.slice(0, -1), "Signature must be 64 hexadecimal digits."],
  ["unsorted headers", (text) => text.replace("content-type;host", "host;content-type"), /^SignedHeaders must be/],
];

test("a malformed Authorization header is answered with what is wrong with it", async () => {
  await using server = await testServer();
  for (const [what, change, message] of malformed) {
    const got = await send(server, withAuthorization(kmsCall(server, "ListKeys", {}), change));
    assert.deepEqual([got.status, got.code], [400, "IncompleteSignatureException"], `${what}: ${got.text}`);
    if (typeof message === "string") assert.equal(got.message, message, what);
    else assert.match(got.message, message, what);
  }
  const dateless = await send(server, withHeader(kmsCall(server, "ListKeys", {}), "x-amz-date", undefined));
  assert.equal(
    dateless.message,
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
  );
});

test("no Authorization at all, and keys that nobody has", async () => {
  await using server = await testServer();
  const missing = await send(server, withHeader(kmsCall(server, "ListKeys", {}), "authorization", undefined));
  assert.deepEqual(
    [missing.status, missing.code, missing.message],
    [400, "MissingAuthenticationTokenException", "Request is missing Authentication Token"],
  );
  for (const credentials of [
    { accessKeyId: "AKIAAAAAAAAAAAAAAAAA", secretAccessKey: "test" },
    { accessKeyId: "ASIAAAAAAAAAAAAAAAAA", secretAccessKey: "test", sessionToken: "AAAA" },
    { accessKeyId: "test", secretAccessKey: "test", sessionToken: "not a token" },
  ]) {
    const got = await send(server, kmsCall(server, "ListKeys", {}, { credentials }));
    assert.deepEqual(
      [got.status, got.code, got.message],
      [400, "UnrecognizedClientException", "The security token included in the request is invalid."],
    );
  }
});

test("nothing of a refused header comes back but printable characters, and not at length", async () => {
  await using server = await testServer();
  const long = withAuthorization(kmsCall(server, "ListKeys", {}), () => `AWS4-HMAC-SHA256 ${"x".repeat(8000)}\xff`);
  const got = await send(server, long);
  assert.equal(got.code, "IncompleteSignatureException");
  assert.ok(got.message.length < 300);
});

test("credentials that have expired, were moved, switched off or deleted are refused at once", async () => {
  await using server = await testServer();
  const call = async (credentials: Credentials) => {
    const { status, code, message } = await send(server, kmsCall(server, "ListKeys", {}, { credentials }));
    return [status, code, message];
  };
  const unknown = [400, "UnrecognizedClientException", "The security token included in the request is invalid."];
  const now = Date.now();
  const session = rootSession(server, now, now + 900_000);
  assert.equal((await call(session))[0], 200);
  const expired = [400, "ExpiredTokenException", "The security token included in the request is expired"];
  assert.deepEqual(await call(rootSession(server, now - 2000, now - 1000)), expired);
  assert.deepEqual(
    await call({ ...session, sessionToken: rootSession(server, now, now + 900_000).sessionToken }),
    unknown,
  );
  const policy = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "kms:*", Resource: "*" } };
  const user = await addUser(server, "alice", JSON.stringify(policy));
  assert.equal((await call(user))[0], 200);
  const { entities } = server.house;
  const key = () => entities.get<AccessKey>("access-key", user.accessKeyId)!;
  await commit(server, [entities.put(key(), { ...key().content, status: "Inactive" })]);
  assert.deepEqual(await call(user), unknown);
  await commit(server, [entities.put(key(), { ...key().content, status: "Active" })]);
  assert.equal((await call(user))[0], 200);
  await commit(server, [entities.delete(key())]);
  assert.deepEqual(await call(user), unknown);
});

test("a key id that nobody has costs the work of a wrong secret", async () => {
  await using server = await testServer();
  const { world, apis } = server.house;
  const bodies = (accessKeyId: string): number => {
    const sent = kmsCall(server, "ListKeys", {}, { credentials: { accessKeyId, secretAccessKey: "wrong" } });
    let read = 0;
    const request = {
      ...sent,
      headers: new Map(sent.headers.map(([name, value]) => [name, [value]])),
      get body() {
        read += 1;
        return Buffer.from(sent.body);
      },
      remoteAddress: "127.0.0.1",
      secure: false,
      requestId: "",
    };
    assert.throws(() => authenticate(request, apis.of(request).wire, world));
    return read;
  };
  assert.ok(bodies("test") > 0);
  assert.equal(bodies("AKIAAAAAAAAAAAAAAAAA"), bodies("test"));
});
