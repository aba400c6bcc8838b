import assert from "node:assert/strict";
import { test } from "node:test";
import type { PairSpec } from "./algorithms.ts";
import { chooseAlgorithm, keySpecOf } from "./key-specs.ts";

const { algorithm } = chooseAlgorithm("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "ED25519_PH_SHA_512")!;
const { pairs } = keySpecOf("ECC_NIST_EDWARDS25519") as PairSpec;
const hex = (text: string): Buffer => Buffer.from(text, "hex");

/** RFC 8032, section 7.3. */
const seed = hex("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42");
const publicKey = "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf";
const signature = hex(
  "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
);
const privateKey = Buffer.concat([hex("302e020100300506032b657004220420"), seed]);

test("Ed25519ph is the RFC's: its message is hashed by the algorithm", async () => {
  const spki = await pairs.publicKeyOf(privateKey);
  assert.equal(Buffer.from(spki!).toString("hex").slice(-64), publicKey);
  assert.deepEqual(Buffer.from(await algorithm.sign(privateKey, Buffer.from("abc"), "DIGEST")), signature);
  assert.equal(await algorithm.verify(spki!, Buffer.from("abc"), "DIGEST", signature), true);
});

test("an Ed25519ph signature with any byte changed does not hold", async () => {
  const spki = await pairs.publicKeyOf(privateKey);
  for (let at = 0; at < signature.length; at++) {
    const wrong = Buffer.from(signature);
    wrong[at]! ^= 0x80;
    assert.equal(await algorithm.verify(spki!, Buffer.from("abc"), "DIGEST", wrong), false, `byte ${at}`);
  }
});
