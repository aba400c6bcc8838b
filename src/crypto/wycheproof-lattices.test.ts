import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withoutVectors, wycheproof } from "../../test/vectors.ts";
import { der, tags } from "./der.ts";
import { chooseAlgorithm, keySpecOf } from "./key-specs.ts";

const bytes = (hex: unknown): Buffer => Buffer.from(String(hex), "hex");
const outcome = async <T>(work: () => T | Promise<T>): Promise<T | undefined> => {
  try {
    return await work();
  } catch {
    return undefined;
  }
};

/** The end of the algorithm's OID: id-ml-dsa-44 … 87, id-alg-ml-kem-512 … 1024. */
const oids = { 44: "0311", 65: "0312", 87: "0313", 512: "0401", 768: "0402", 1024: "0403" } as const;
const algorithmOf = (size: keyof typeof oids): Buffer => Buffer.from(`300b060960864801650304${oids[size]}`, "hex");
const spkiOf = (algorithm: Buffer, key: Buffer): Buffer =>
  der(tags.sequence, algorithm, der(tags.bits, Buffer.of(0), key));
const pkcs8Of = (algorithm: Buffer, key: Buffer): Buffer =>
  der(tags.sequence, der(tags.integer, Buffer.of(0)), algorithm, der(tags.octets, key));

describe("Wycheproof: ML-DSA", { skip: withoutVectors }, () => {
  for (const size of [44, 65, 87] as const) {
    const { algorithm } = chooseAlgorithm(`ML_DSA_${size}`, "SIGN_VERIFY", "ML_DSA_SHAKE_256")!;
    const spec = keySpecOf(`ML_DSA_${size}`);

    test(`mldsa_${size}_verify`, async () => {
      let cases = 0;
      for (const group of wycheproof(`mldsa_${size}_verify`))
        for (const given of group.tests) {
          const { msg, sig, result, tcId, comment } = given;
          // KMS signs with an empty context.
          if (given.ctx !== undefined && given.ctx !== "") continue;
          const key = bytes(group.publicKeyDer);
          const held = await outcome(() => algorithm.verify(key, bytes(msg), "RAW", bytes(sig)));
          assert.equal(held ?? false, result === "valid", `case ${tcId}: ${comment}`);
          cases += 1;
        }
      assert.ok(cases > 0);
    });

    test(`mldsa_${size}_sign_seed: the key is the seed's, and both ways to sign verify`, async () => {
      let cases = 0;
      for (const group of wycheproof(`mldsa_${size}_sign_seed`)) {
        const privateKey = pkcs8Of(algorithmOf(size), der(tags.implicit0, bytes(group.privateSeed)));
        assert.ok("pairs" in spec);
        const publicKey = await spec.pairs.publicKeyOf(privateKey);
        const good = group.tests.filter(({ result }) => result === "valid");
        if (!publicKey || good.length === 0) {
          assert.ok(good.length === 0, "a valid seed was refused");
          continue;
        }
        assert.deepEqual(Buffer.from(publicKey).subarray(-bytes(group.publicKey).length), bytes(group.publicKey));
        for (const given of good) {
          const { msg, mu, sig } = given;
          if (mu !== undefined) {
            assert.equal(await algorithm.verify(publicKey, bytes(mu), "EXTERNAL_MU", bytes(sig)), true);
            const signed = await algorithm.sign(privateKey, bytes(mu), "EXTERNAL_MU");
            assert.equal(await algorithm.verify(publicKey, bytes(mu), "EXTERNAL_MU", signed), true);
            // The mu is the message's: OpenSSL, which makes its own, takes the signature.
            if (!given.ctx && msg !== undefined)
              assert.equal(await algorithm.verify(publicKey, bytes(msg), "RAW", signed), true);
          }
          cases += 1;
        }
      }
      assert.ok(cases > 0);
    });

    test(`mldsa_${size}_sign_noseed: signatures hold under the public key`, async () => {
      let cases = 0;
      for (const { publicKey, tests } of wycheproof(`mldsa_${size}_sign_noseed`))
        for (const { mu, sig, result } of tests) {
          if (result !== "valid" || mu === undefined || publicKey === undefined || publicKey === null) continue;
          const key = spkiOf(algorithmOf(size), bytes(publicKey));
          assert.equal(await algorithm.verify(key, bytes(mu), "EXTERNAL_MU", bytes(sig)), true);
          cases += 1;
        }
      assert.ok(cases > 0);
    });
  }
});

describe("Wycheproof: ML-KEM", { skip: withoutVectors }, () => {
  for (const size of [512, 768, 1024] as const) {
    const { algorithm } = chooseAlgorithm(`ML_KEM_${size}`, "ENCAPSULATE_DECAPSULATE", "ML_KEM")!;
    const spec = keySpecOf(`ML_KEM_${size}`);
    const seeded = (seed: unknown) => pkcs8Of(algorithmOf(size), der(tags.implicit0, bytes(seed)));
    const publicKeyOf = async (pkcs8: Buffer) => ("pairs" in spec ? spec.pairs.publicKeyOf(pkcs8) : undefined);

    test(`mlkem_${size}`, async () => {
      let cases = 0;
      for (const { tests } of wycheproof(`mlkem_${size}`))
        for (const { seed, ek, c, K, result, tcId } of tests) {
          const rightLength = bytes(c).length === algorithm.ciphertextBytes;
          const secret = rightLength ? await outcome(() => algorithm.decapsulate(seeded(seed), bytes(c))) : undefined;
          const same = secret !== undefined && Buffer.from(secret).equals(bytes(K));
          assert.equal(same, result === "valid", `case ${tcId}`);
          const key = await publicKeyOf(seeded(seed));
          if (result === "valid") assert.deepEqual(Buffer.from(key!).subarray(-bytes(ek).length), bytes(ek));
          cases += 1;
        }
      assert.ok(cases > 0);
    });

    test(`mlkem_${size}_encaps`, async () => {
      let cases = 0;
      for (const { tests } of wycheproof(`mlkem_${size}_encaps`))
        for (const { ek, result, tcId } of tests) {
          const made = await outcome(() => algorithm.encapsulate(spkiOf(algorithmOf(size), bytes(ek))));
          assert.equal(made !== undefined, result === "valid", `case ${tcId}`);
          cases += 1;
        }
      assert.ok(cases > 0);
    });

    test(`mlkem_${size}_keygen_seed`, async () => {
      let cases = 0;
      for (const { tests } of wycheproof(`mlkem_${size}_keygen_seed`))
        for (const { seed, ek, result, tcId } of tests) {
          const key = await publicKeyOf(seeded(seed));
          const same = key !== undefined && Buffer.from(key).subarray(-bytes(ek).length).equals(bytes(ek));
          assert.equal(same, result === "valid", `case ${tcId}`);
          cases += 1;
        }
      assert.ok(cases > 0);
    });

    test(`mlkem_${size}_semi_expanded_decaps`, async () => {
      let cases = 0;
      for (const { tests } of wycheproof(`mlkem_${size}_semi_expanded_decaps`))
        for (const { dk, c, K, result, tcId } of tests) {
          const key = pkcs8Of(algorithmOf(size), der(tags.octets, bytes(dk)));
          const rightLength = bytes(c).length === algorithm.ciphertextBytes;
          const secret = rightLength ? await outcome(() => algorithm.decapsulate(key, bytes(c))) : undefined;
          const same = secret !== undefined && (K === undefined || Buffer.from(secret).equals(bytes(K)));
          assert.equal(same, result === "valid", `case ${tcId}`);
          cases += 1;
        }
      assert.ok(cases > 0);
    });
  }
});
