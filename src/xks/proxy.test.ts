import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { ask, type Asked, credentials, encrypting, now, plaintext, requestMetadata } from "./testing.ts";

test("health, metadata, encryption and decryption", async () => {
  const health = await ask("/health", { requestMetadata: { kmsOperation: "KmsHealthCheck", kmsRequestId: "1" } });
  assert.equal(health.status, 200);
  assert.equal(health.content.ekmFleetDetails[0].healthStatus, "ACTIVE");
  const described = await ask("/keys/one/metadata", { requestMetadata });
  assert.deepEqual(described.content, { keySpec: "AES_256", keyUsage: ["ENCRYPT", "DECRYPT"], keyStatus: "ENABLED" });
  const additionalAuthenticatedData = Buffer.from("bound").toString("base64");
  const algorithm = { encryptionAlgorithm: "AES_GCM", additionalAuthenticatedData };
  const sealed = await ask("/keys/one/encrypt", { requestMetadata, plaintext, ...algorithm });
  assert.equal(sealed.content.ciphertextDataIntegrityValue, undefined);
  const opened = await ask("/keys/one/decrypt", { requestMetadata, ...sealed.content, ...algorithm });
  assert.deepEqual(opened, { status: 200, content: { plaintext } });
  const unbound = await ask("/keys/one/decrypt", {
    requestMetadata,
    ...sealed.content,
    encryptionAlgorithm: "AES_GCM",
  });
  assert.deepEqual(unbound, { status: 400, content: { errorName: "InvalidCiphertextException" } });
});

test("the integrity value covers every part and its length", async () => {
  const additionalAuthenticatedData = Buffer.from("bound").toString("base64");
  const { content } = await ask("/keys/one/encrypt", {
    ...encrypting,
    additionalAuthenticatedData,
    ciphertextDataIntegrityValueAlgorithm: "SHA_256",
  });
  const bytes = (name: string) => Buffer.from(content[name], "base64");
  const [ciphertext, iv] = [bytes("ciphertext"), bytes("initializationVector")];
  const drawn = [Buffer.of(0, 5), Buffer.from("bound"), Buffer.of(1), Buffer.from("m"), Buffer.of(12), iv];
  const rest = [Buffer.of(0, ciphertext.length), ciphertext, Buffer.of(16), bytes("authenticationTag")];
  const expected = createHash("sha256")
    .update(Buffer.concat([...drawn, ...rest]))
    .digest("base64");
  assert.equal(content.ciphertextDataIntegrityValue, expected);
});

test("who does not sign as agreed is told nothing", async () => {
  const refused = {
    status: 401,
    content: { errorName: "AuthenticationFailedException", errorMessage: "The signature is not valid." },
  };
  const asks: readonly Asked[] = [
    { by: { ...credentials, secretAccessKey: "t".repeat(43) } },
    { by: { ...credentials, accessKeyId: "BBCDEFGHIJKLMNOPQRST" } },
    { service: "kms" },
    { at: now - 6 * 60_000 },
    { at: now + 6 * 60_000 },
  ];
  for (const asked of asks) assert.deepEqual(await ask("/keys/one/encrypt", encrypting, asked), refused);
});

test("paths that are none", async () => {
  for (const path of [
    "/",
    "/kms/xks/v1/health",
    "/example/kms/xks/v2/health",
    "/example/kms/xks/v1/keys/one",
    "/example/kms/xks/v1/keys/a%2fb/encrypt",
    "/example/kms/xks/v1/health?x=1",
  ]) {
    const { status, content } = await ask("", encrypting, { path });
    assert.deepEqual([status, content.errorName], [404, "InvalidUriPathException"], path);
  }
  assert.equal((await ask("/health", {}, { method: "GET" })).status, 404);
  assert.equal((await ask("/keys/two/metadata", { requestMetadata })).content.errorName, "KeyNotFoundException");
});

test("bodies that are not the protocol's", async () => {
  const big = (count: number) => Buffer.alloc(count).toString("base64");
  const wrong: readonly object[] = [
    {},
    { ...encrypting, requestMetadata: undefined },
    { ...encrypting, requestMetadata: { kmsOperation: "Encrypt", kmsRequestId: "1" } },
    { ...encrypting, requestMetadata: { ...requestMetadata, awsPrincipalArn: "x".repeat(3000) } },
    { ...encrypting, encryptionAlgorithm: "AES_CBC" },
    { ...encrypting, plaintext: "***" },
    { ...encrypting, plaintext: "" },
    { ...encrypting, plaintext: big(4301) },
    { ...encrypting, additionalAuthenticatedData: big(8193) },
    { ...encrypting, ciphertextDataIntegrityValueAlgorithm: "SHA_1" },
  ];
  for (const content of wrong) {
    const answer = await ask("/keys/one/encrypt", content);
    assert.deepEqual(
      [answer.status, answer.content.errorName],
      [400, "ValidationException"],
      JSON.stringify(content).slice(0, 200),
    );
  }
  assert.equal((await ask("/keys/one/encrypt", { ...encrypting, plaintext: big(4300) })).status, 200);
  for (const raw of ["", "[]", "null", "{", '"text"'])
    assert.equal((await ask("/health", undefined, { raw })).content.errorName, "ValidationException");
});

test("whatever the body says, the answer is one of the protocol's", async () => {
  const member = fc.constantFrom(
    "requestMetadata",
    "plaintext",
    "ciphertext",
    "encryptionAlgorithm",
    "initializationVector",
    "authenticationTag",
    "ciphertextMetadata",
    "additionalAuthenticatedData",
    "ciphertextDataIntegrityValueAlgorithm",
  );
  const value = fc.oneof(
    fc.constant("AES_GCM"),
    fc.base64String({ maxLength: 64 }),
    fc.jsonValue(),
    fc.constant(requestMetadata),
  );
  const path = fc.constantFrom("/health", "/keys/one/metadata", "/keys/one/encrypt", "/keys/one/decrypt");
  await fc.assert(
    fc.asyncProperty(path, fc.dictionary(member, value), async (where, body) => {
      const { status, content } = await ask(where, { requestMetadata, ...body });
      assert.ok(
        status === 200 || (status === 400 && /^(Validation|InvalidCiphertext)Exception$/.test(content.errorName)),
        `${status} ${JSON.stringify(content)}`,
      );
    }),
    { numRuns: 300 },
  );
});
