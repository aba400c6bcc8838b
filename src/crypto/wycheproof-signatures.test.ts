import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { describe, test } from "node:test";
import { withoutVectors, wycheproof, type WycheproofCase, type WycheproofGroup } from "../../test/vectors.ts";
import { chooseAlgorithm } from "./key-specs.ts";

/** A file of the suite and the algorithm of the table that it judges; `fits` picks the groups it can sign for. */
interface Judged {
  readonly file: string;
  readonly spec: string;
  readonly name: string;
  readonly sha?: string;
  readonly fits?: (group: WycheproofGroup) => boolean;
}

const rsaSizes = [2048, 3072, 4096];
const shas = ["256", "384", "512"];
const pss = [
  [2048, "256"],
  [2048, "384"],
  [3072, "256"],
  [4096, "256"],
  [4096, "384"],
  [4096, "512"],
] as const;

const judged: readonly Judged[] = [
  { file: "ecdsa_secp256r1_sha256", spec: "ECC_NIST_P256", name: "ECDSA_SHA_256", sha: "256" },
  { file: "ecdsa_secp384r1_sha384", spec: "ECC_NIST_P384", name: "ECDSA_SHA_384", sha: "384" },
  { file: "ecdsa_secp521r1_sha512", spec: "ECC_NIST_P521", name: "ECDSA_SHA_512", sha: "512" },
  { file: "ecdsa_secp256k1_sha256", spec: "ECC_SECG_P256K1", name: "ECDSA_SHA_256", sha: "256" },
  { file: "ed25519", spec: "ECC_NIST_EDWARDS25519", name: "ED25519_SHA_512" },
  ...rsaSizes.flatMap((size) =>
    shas.map((sha) => ({
      file: `rsa_signature_${size}_sha${sha}`,
      spec: `RSA_${size}`,
      name: `RSASSA_PKCS1_V1_5_SHA_${sha}`,
      sha,
      fits: (group: WycheproofGroup) => group.keySize === size,
    })),
  ),
  ...pss.map(([size, sha]) => ({
    file: `rsa_pss_${size}_sha${sha}_mgf1_${Number(sha) / 8}`,
    spec: `RSA_${size}`,
    name: `RSASSA_PSS_SHA_${sha}`,
    sha,
    fits: (group: WycheproofGroup) => group.keySize === size,
  })),
  ...shas.map((sha) => ({
    file: "rsa_pss_misc",
    spec: "RSA_2048",
    name: `RSASSA_PSS_SHA_${sha}`,
    sha,
    fits: ({ keySize, sha: hashed, mgfSha, sLen }: WycheproofGroup) =>
      keySize === 2048 && hashed === `SHA-${sha}` && mgfSha === hashed && sLen === Number(sha) / 8,
  })),
];

const bytes = (hex: unknown): Buffer => Buffer.from(String(hex), "hex");

describe("Wycheproof: signatures", { skip: withoutVectors }, () => {
  for (const { file, spec, name, sha, fits } of judged)
    test(`${file}: ${spec} with ${name}`, async () => {
      const { algorithm } = chooseAlgorithm(spec, "SIGN_VERIFY", name)!;
      const groups = wycheproof(file).filter((group) => fits?.(group) ?? true);
      let cases = 0;
      for (const group of groups)
        for (const judgement of group.tests) {
          const [message, signature] = [bytes(judgement.msg), bytes(judgement.sig)];
          const key = bytes(group.publicKeyDer);
          const raw = await algorithm.verify(key, message, "RAW", signature);
          says(judgement, raw, "RAW");
          if (sha) {
            const digest: Buffer = hash(`sha${sha}`, message, "buffer");
            assert.equal(await algorithm.verify(key, digest, "DIGEST", signature), raw, `DIGEST ${judgement.tcId}`);
          }
          cases += 1;
        }
      assert.ok(cases > 0);
    });

  for (const size of rsaSizes)
    test(`rsa_pkcs1_${size}_sig_gen: what is signed is the same, RAW and DIGEST`, async () => {
      let cases = 0;
      for (const group of wycheproof(`rsa_pkcs1_${size}_sig_gen`).filter(({ keySize }) => keySize === size)) {
        const sha = shas.find((bits) => group.sha === `SHA-${bits}`);
        if (!sha) continue;
        const { algorithm } = chooseAlgorithm(`RSA_${size}`, "SIGN_VERIFY", `RSASSA_PKCS1_V1_5_SHA_${sha}`)!;
        for (const { msg, sig } of group.tests) {
          const key = bytes(group.privateKeyPkcs8);
          const digest: Buffer = hash(`sha${sha}`, bytes(msg), "buffer");
          assert.deepEqual(Buffer.from(await algorithm.sign(key, bytes(msg), "RAW")), bytes(sig));
          assert.deepEqual(Buffer.from(await algorithm.sign(key, digest, "DIGEST")), bytes(sig));
          cases += 1;
        }
      }
      assert.ok(cases > 0);
    });
});

function says({ result, tcId, comment }: WycheproofCase, outcome: boolean, how: string): void {
  if (result !== "acceptable") assert.equal(outcome, result === "valid", `${how}, case ${tcId}: ${comment}`);
}
