import assert from "node:assert/strict";
import { diffieHellman, generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { type Workbench, withoutOpenssl, workbench } from "../../test/outside.ts";
import type { PairSpec } from "./algorithms.ts";
import { chooseAlgorithm, keySpecOf } from "./key-specs.ts";

const { pairs } = keySpecOf("SM2") as PairSpec;
const signing = chooseAlgorithm("SM2", "SIGN_VERIFY", "SM2DSA")!.algorithm;
const sealing = chooseAlgorithm("SM2", "ENCRYPT_DECRYPT", "SM2PKE")!.algorithm;
const agreeing = chooseAlgorithm("SM2", "KEY_AGREEMENT", "ECDH")!.algorithm;
const identity = ["-pkeyopt", "distid:1234567812345678"];

/** A private key that openssl made, as PKCS#8 and as a file. */
function foreignKey(bench: Workbench) {
  bench.openssl("genpkey", "-algorithm", "SM2", "-out", bench.path("key.pem"));
  const der = ["-in", bench.path("key.pem"), "-topk8", "-nocrypt", "-outform", "DER"];
  const publicKey = bench.openssl("pkey", "-in", bench.path("key.pem"), "-pubout", "-outform", "DER");
  return { file: bench.path("key.pem"), privateKey: bench.openssl("pkcs8", ...der), publicKey };
}

describe("SM2 agrees with openssl", { skip: withoutOpenssl }, () => {
  test("the public key of a private key", async () => {
    using bench = workbench();
    const { privateKey, publicKey } = foreignKey(bench);
    assert.deepEqual(Buffer.from((await pairs.publicKeyOf(privateKey))!), publicKey);
  });

  test("signatures, both ways", async () => {
    using bench = workbench();
    const { file, privateKey, publicKey } = foreignKey(bench);
    for (let length = 0; length < 100; length += 33) {
      const message = Buffer.alloc(length, "m");
      const input = ["-rawin", "-digest", "sm3", ...identity, "-in", bench.file("message", message)];
      const theirs = bench.openssl("pkeyutl", "-sign", "-inkey", file, ...input);
      assert.equal(await signing.verify(publicKey, message, "RAW", theirs), true);
      const ours = bench.file("sig", await signing.sign(privateKey, message, "RAW"));
      bench.openssl("pkeyutl", "-verify", "-inkey", file, "-sigfile", ours, ...input);
    }
  });

  test("ciphertexts, both ways, from one byte to the most", async () => {
    using bench = workbench();
    assert.ok(!sealing.context);
    const { file, privateKey, publicKey } = foreignKey(bench);
    for (const length of [1, 2, 31, 32, 33, 1024]) {
      const message = Buffer.alloc(length, "m");
      const theirs = bench.openssl("pkeyutl", "-encrypt", "-inkey", file, "-in", bench.file("message", message));
      assert.deepEqual(Buffer.from((await sealing.decrypt(privateKey, theirs))!), message);
      const ours = bench.file("sealed", await sealing.encrypt(publicKey, message));
      assert.deepEqual(bench.openssl("pkeyutl", "-decrypt", "-inkey", file, "-in", ours), message);
    }
  });
});

test("SM2 shares the secret that OpenSSL derives for keys it made itself", async () => {
  const [one, two] = [1, 2].map(() => generateKeyPairSync("ec", { namedCurve: "SM2" }));
  const theirs = diffieHellman({ privateKey: one!.privateKey, publicKey: two!.publicKey });
  const privateKey = one!.privateKey.export({ format: "der", type: "pkcs8" });
  const publicKey = two!.publicKey.export({ format: "der", type: "spki" });
  assert.deepEqual(Buffer.from((await agreeing.derive(privateKey, publicKey))!), theirs);
});

describe("SM2 says no", () => {
  test("to a ciphertext or a signature with any byte changed", async () => {
    const { privateKey, publicKey } = await pairs.generate();
    assert.ok(!sealing.context);
    const message = Buffer.from("short");
    const sealed = await sealing.encrypt(publicKey, message);
    const signature = await signing.sign(privateKey, message, "RAW");
    for (let at = 0; at < sealed.length; at++) {
      const wrong = Buffer.from(sealed);
      wrong[at]! ^= 0x20;
      assert.equal(await sealing.decrypt(privateKey, wrong), undefined, `byte ${at}`);
    }
    for (let at = 0; at < signature.length; at++) {
      const wrong = Buffer.from(signature);
      wrong[at]! ^= 0x20;
      assert.equal(await signing.verify(publicKey, message, "RAW", wrong), false, `byte ${at}`);
    }
  });

  test("to bytes that are no ciphertext, no signature, no key", async () => {
    const { privateKey, publicKey } = await pairs.generate();
    assert.ok(!sealing.context);
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(96, 4), Buffer.from("3000", "hex")]) {
      assert.equal(await sealing.decrypt(privateKey, bytes), undefined);
      assert.equal(await signing.verify(publicKey, Buffer.from("m"), "RAW", bytes), false);
      assert.equal(await agreeing.derive(privateKey, bytes), undefined);
      assert.equal(await pairs.publicKeyOf(bytes), undefined);
    }
  });
});
