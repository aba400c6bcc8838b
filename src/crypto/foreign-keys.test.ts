import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { der, derInteger, tags } from "./der.ts";
import { keySpecOf } from "./key-specs.ts";

/** What `Pairs.read` says to bytes that somebody wants to import. */
const read = async (spec: string, bytes: Uint8Array) => {
  const entry = keySpecOf(spec);
  return "pairs" in entry ? await entry.pairs.read(bytes) : undefined;
};
const pkcs8 = (key: KeyObject): Buffer => key.export({ format: "der", type: "pkcs8" });
const wrapped = (algorithm: Buffer, key: Buffer): Buffer =>
  der(tags.sequence, derInteger(Buffer.of(0)), algorithm, der(tags.octets, key));

const curves = { ECC_NIST_P256: "P-256", ECC_NIST_P384: "P-384", ECC_NIST_P521: "P-521", ECC_SECG_P256K1: "secp256k1" };

test("a key on a curve is its private number, whatever stands beside that", async () => {
  for (const [spec, namedCurve] of Object.entries(curves)) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
    const bytes = pkcs8(privateKey);
    const pair = (await read(spec, bytes))!;
    assert.deepEqual(Buffer.from(pair.privateKey), bytes);
    assert.deepEqual(Buffer.from(pair.publicKey), publicKey.export({ format: "der", type: "spki" }));
    const other = pkcs8(generateKeyPairSync("ec", { namedCurve }).privateKey);
    const point = bytes.length - (pair.publicKey.length - 26);
    const mixed = Buffer.concat([bytes.subarray(0, point), other.subarray(point)]);
    assert.deepEqual(Buffer.from((await read(spec, mixed))!.privateKey), bytes);
  }
  const explicit = generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }).privateKey;
  assert.equal(await read("ECC_NIST_P256", pkcs8(explicit)), undefined);
});

const { privateKey: rsa } = generateKeyPairSync("rsa", { modulusLength: 2048 });

test("an RSA key is read in every form of its algorithm, and Ed25519 in its own", async () => {
  const bytes = pkcs8(rsa);
  assert.deepEqual(Buffer.from((await read("RSA_2048", bytes))!.privateKey), bytes);
  const bare = wrapped(Buffer.from("300b06092a864886f70d010101", "hex"), rsa.export({ format: "der", type: "pkcs1" }));
  assert.deepEqual(Buffer.from((await read("RSA_2048", bare))!.privateKey), bytes);
  assert.equal(await read("RSA_3072", bytes), undefined);
  const edwards = pkcs8(generateKeyPairSync("ed25519").privateKey);
  assert.deepEqual(Buffer.from((await read("ECC_NIST_EDWARDS25519", edwards))!.privateKey), edwards);
});

test("an RSA key whose numbers contradict each other is none", async () => {
  const names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"] as const;
  const jwk = rsa.export({ format: "jwk" });
  const whole = (changed: Readonly<Record<string, Buffer>>): Buffer => {
    const numbers = names.map((name) => derInteger(changed[name] ?? Buffer.from(jwk[name]!, "base64url")));
    const key = der(tags.sequence, derInteger(Buffer.of(0)), ...numbers);
    return wrapped(Buffer.from("300d06092a864886f70d0101010500", "hex"), key);
  };
  assert.ok(await read("RSA_2048", whole({})));
  for (const name of names) {
    const changed = Buffer.from(jwk[name]!, "base64url");
    changed[changed.length - 1]! ^= 4;
    assert.equal(await read("RSA_2048", whole({ [name]: changed })), undefined, name);
  }
  assert.equal(await read("RSA_2048", whole({ e: Buffer.of(1), d: Buffer.of(1) })), undefined);
  assert.equal(await read("RSA_2048", whole({ d: Buffer.concat([Buffer.of(1), Buffer.alloc(4000)]) })), undefined);
});

test("keys that would keep OpenSSL busy are not shown to it", async () => {
  const number = (bytes: number): Buffer =>
    derInteger(Buffer.concat([Buffer.of(0x7f), randomBytes(bytes), Buffer.of(1)]));
  const two = derInteger(Buffer.of(2));
  for (const [name, algorithm] of [
    [
      "DSA",
      der(tags.sequence, Buffer.from("06072a8648ce380401", "hex"), der(tags.sequence, number(2490), number(600), two)),
    ],
    ["DH", der(tags.sequence, Buffer.from("06092a864886f70d010301", "hex"), der(tags.sequence, number(1100), two))],
  ] as const) {
    const bytes = wrapped(algorithm, number(name === "DSA" ? 2390 : 1000));
    for (const spec of ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_EDWARDS25519", "SM2"])
      assert.equal(await read(spec, bytes), undefined, `${name} as ${spec}`);
  }
  // OpenSSL does read it, given the time: the test is about a real key.
  const small = der(tags.sequence, Buffer.from("06092a864886f70d010301", "hex"), der(tags.sequence, number(128), two));
  assert.equal(
    createPrivateKey({ key: wrapped(small, number(30)), format: "der", type: "pkcs8" }).asymmetricKeyType,
    "dh",
  );
});

test("bytes that are no key are none, and post-quantum keys are not read at all", async () => {
  const real = pkcs8(rsa);
  const spec = fc.constantFrom("RSA_2048", "ECC_NIST_P256", "ECC_NIST_EDWARDS25519", "SM2");
  const cut = fc.nat(real.length - 1).map((end) => real.subarray(0, end));
  await fc.assert(
    fc.asyncProperty(spec, fc.oneof(fc.uint8Array({ maxLength: 300 }), cut), async (name, bytes) => {
      assert.equal(await read(name, bytes), undefined);
    }),
    { numRuns: 200 },
  );
  const lattice = pkcs8(generateKeyPairSync("ml-dsa-44").privateKey);
  assert.equal(await read("ML_DSA_44", lattice), undefined);
});
