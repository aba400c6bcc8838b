import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withoutVectors, wycheproof, type WycheproofGroup } from "../../test/vectors.ts";
import { der, tags } from "./der.ts";
import { curves } from "./elliptic.ts";
import { chooseAlgorithm } from "./key-specs.ts";

const bytes = (hex: unknown): Buffer => Buffer.from(String(hex), "hex");

const agreements = [
  ["secp256r1", "ECC_NIST_P256", "P-256"],
  ["secp384r1", "ECC_NIST_P384", "P-384"],
  ["secp521r1", "ECC_NIST_P521", "P-521"],
] as const;

describe("Wycheproof: ECDH", { skip: withoutVectors }, () => {
  for (const [curve, spec, name] of agreements) {
    const { algorithm } = chooseAlgorithm(spec, "KEY_AGREEMENT", "ECDH")!;

    /** A private number as PKCS#8. */
    const privateKeyOf = (scalar: Buffer): Buffer => {
      const inner = der(tags.sequence, der(tags.integer, Buffer.of(1)), der(tags.octets, scalar));
      const identifier = Buffer.from(curves[name].algorithm, "hex");
      return der(tags.sequence, der(tags.integer, Buffer.of(0)), identifier, der(tags.octets, inner));
    };

    test(`ecdh_${curve}: only a key of the same named curve gives a secret`, async () => {
      let cases = 0;
      for (const { tests } of wycheproof(`ecdh_${curve}`))
        for (const { public: peer, private: number, shared, result, tcId, comment } of tests) {
          const scalar = bytes(number);
          const leading = scalar.length - curves[name].bytes;
          const secret = await algorithm.derive(privateKeyOf(scalar.subarray(Math.max(0, leading))), bytes(peer));
          if (result === "valid") assert.ok(secret, `case ${tcId}: ${comment}`);
          if (result === "invalid") assert.equal(secret, undefined, `case ${tcId}: ${comment}`);
          if (secret) assert.deepEqual(Buffer.from(secret), bytes(shared), `case ${tcId}`);
          cases += 1;
        }
      assert.ok(cases > 0);
    });
  }
});

describe("Wycheproof: RSAES-OAEP", { skip: withoutVectors }, () => {
  const files = ["2048_sha1_mgf1sha1", "2048_sha256_mgf1sha256", "3072_sha256_mgf1sha256", "4096_sha256_mgf1sha256"];
  /** Same hash for both, no label, a modulus that a key of KMS has. */
  const fits = ({ keySize, sha, mgfSha }: WycheproofGroup): boolean =>
    [2048, 3072, 4096].includes(Number(keySize)) && sha === mgfSha && (sha === "SHA-1" || sha === "SHA-256");

  for (const file of [...files, "misc"])
    test(`rsa_oaep_${file}`, async () => {
      let cases = 0;
      for (const group of wycheproof(`rsa_oaep_${file}`).filter(fits)) {
        const name = group.sha === "SHA-1" ? "RSAES_OAEP_SHA_1" : "RSAES_OAEP_SHA_256";
        const { algorithm } = chooseAlgorithm(`RSA_${String(group.keySize)}`, "ENCRYPT_DECRYPT", name)!;
        assert.ok(!algorithm.context);
        for (const { msg, ct, label, result, tcId, comment } of group.tests) {
          const opened = await algorithm.decrypt(bytes(group.privateKeyPkcs8), bytes(ct));
          const good = result !== "invalid" && (label ?? "") === "";
          assert.equal(opened !== undefined, good, `case ${tcId}: ${comment}`);
          if (opened) assert.deepEqual(Buffer.from(opened), bytes(msg));
          cases += 1;
        }
      }
      assert.ok(cases > 0);
    });
});

describe("Wycheproof: HMAC", { skip: withoutVectors }, () => {
  for (const size of [224, 256, 384, 512])
    test(`hmac_sha${size}`, () => {
      const { algorithm } = chooseAlgorithm(`HMAC_${size}`, "GENERATE_VERIFY_MAC", `HMAC_SHA_${size}`)!;
      let cases = 0;
      for (const { tests, tagSize } of wycheproof(`hmac_sha${size}`))
        for (const { key, msg, tag, result } of tests) {
          const made = Buffer.from(algorithm.mac(bytes(key), bytes(msg))).subarray(0, Number(tagSize) / 8);
          assert.equal(made.equals(bytes(tag)), result === "valid");
          cases += 1;
        }
      assert.ok(cases > 0);
    });
});
