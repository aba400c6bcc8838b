import type { AlgorithmOf, KeySpec, Usage } from "./algorithms.ts";
import { ed25519, ed25519ph, edwardsPairs } from "./edwards.ts";
import { ecdh, ecdsa, ellipticPairs } from "./elliptic.ts";
import { hmac } from "./hmac.ts";
import { mlDsa, mlDsaPairs } from "./ml-dsa.ts";
import { mlKem, mlKemPairs } from "./ml-kem.ts";
import { oaep, pkcs1, pss, rsaPairs } from "./rsa.ts";
import { sm2Ecdh } from "./sm2.ts";
import { sm2Pke } from "./sm2-encryption.ts";
import { sm2Dsa } from "./sm2-signing.ts";

const rsa = (bits: number): KeySpec => ({
  material: "pair",
  pairs: rsaPairs(bits),
  usages: {
    ENCRYPT_DECRYPT: { RSAES_OAEP_SHA_1: oaep("sha1", bits), RSAES_OAEP_SHA_256: oaep("sha256", bits) },
    SIGN_VERIFY: {
      RSASSA_PKCS1_V1_5_SHA_256: pkcs1("sha256", bits),
      RSASSA_PKCS1_V1_5_SHA_384: pkcs1("sha384", bits),
      RSASSA_PKCS1_V1_5_SHA_512: pkcs1("sha512", bits),
      RSASSA_PSS_SHA_256: pss("sha256", bits),
      RSASSA_PSS_SHA_384: pss("sha384", bits),
      RSASSA_PSS_SHA_512: pss("sha512", bits),
    },
  },
});

/** Every key spec of KMS with what it may be used for and by which algorithms (kms.md, section 2). */
export const keySpecs: Readonly<Record<string, KeySpec>> = {
  SYMMETRIC_DEFAULT: {
    material: "symmetric",
    bytes: 32,
    usages: { ENCRYPT_DECRYPT: { SYMMETRIC_DEFAULT: { context: true, most: 4096 } } },
  },
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: {
    material: "pair",
    pairs: ellipticPairs("P-256"),
    usages: {
      SIGN_VERIFY: { ECDSA_SHA_256: ecdsa("P-256", "sha256") },
      KEY_AGREEMENT: { ECDH: ecdh("P-256") },
    },
  },
  ECC_NIST_P384: {
    material: "pair",
    pairs: ellipticPairs("P-384"),
    usages: {
      SIGN_VERIFY: { ECDSA_SHA_384: ecdsa("P-384", "sha384") },
      KEY_AGREEMENT: { ECDH: ecdh("P-384") },
    },
  },
  ECC_NIST_P521: {
    material: "pair",
    pairs: ellipticPairs("P-521"),
    usages: {
      SIGN_VERIFY: { ECDSA_SHA_512: ecdsa("P-521", "sha512") },
      KEY_AGREEMENT: { ECDH: ecdh("P-521") },
    },
  },
  ECC_SECG_P256K1: {
    material: "pair",
    pairs: ellipticPairs("secp256k1"),
    usages: { SIGN_VERIFY: { ECDSA_SHA_256: ecdsa("secp256k1", "sha256") } },
  },
  ECC_NIST_EDWARDS25519: {
    material: "pair",
    pairs: edwardsPairs,
    usages: { SIGN_VERIFY: { ED25519_PH_SHA_512: ed25519ph, ED25519_SHA_512: ed25519 } },
  },
  /** Differs: AWS offers SM2 in its China Regions only; here every Region has it. */
  SM2: {
    material: "pair",
    pairs: ellipticPairs("SM2"),
    usages: {
      ENCRYPT_DECRYPT: { SM2PKE: sm2Pke },
      SIGN_VERIFY: { SM2DSA: sm2Dsa },
      KEY_AGREEMENT: { ECDH: sm2Ecdh },
    },
  },
  HMAC_224: { material: "mac", bytes: 28, usages: { GENERATE_VERIFY_MAC: { HMAC_SHA_224: hmac("sha224") } } },
  HMAC_256: { material: "mac", bytes: 32, usages: { GENERATE_VERIFY_MAC: { HMAC_SHA_256: hmac("sha256") } } },
  HMAC_384: { material: "mac", bytes: 48, usages: { GENERATE_VERIFY_MAC: { HMAC_SHA_384: hmac("sha384") } } },
  HMAC_512: { material: "mac", bytes: 64, usages: { GENERATE_VERIFY_MAC: { HMAC_SHA_512: hmac("sha512") } } },
  ML_DSA_44: {
    material: "pair",
    pairs: mlDsaPairs("ml-dsa-44"),
    usages: { SIGN_VERIFY: { ML_DSA_SHAKE_256: mlDsa("ml-dsa-44") } },
  },
  ML_DSA_65: {
    material: "pair",
    pairs: mlDsaPairs("ml-dsa-65"),
    usages: { SIGN_VERIFY: { ML_DSA_SHAKE_256: mlDsa("ml-dsa-65") } },
  },
  ML_DSA_87: {
    material: "pair",
    pairs: mlDsaPairs("ml-dsa-87"),
    usages: { SIGN_VERIFY: { ML_DSA_SHAKE_256: mlDsa("ml-dsa-87") } },
  },
  ML_KEM_512: {
    material: "pair",
    pairs: mlKemPairs("ml-kem-512"),
    usages: { ENCAPSULATE_DECAPSULATE: { ML_KEM: mlKem("ml-kem-512") } },
  },
  ML_KEM_768: {
    material: "pair",
    pairs: mlKemPairs("ml-kem-768"),
    usages: { ENCAPSULATE_DECAPSULATE: { ML_KEM: mlKem("ml-kem-768") } },
  },
  ML_KEM_1024: {
    material: "pair",
    pairs: mlKemPairs("ml-kem-1024"),
    usages: { ENCAPSULATE_DECAPSULATE: { ML_KEM: mlKem("ml-kem-1024") } },
  },
};

/** Throws for a name that is not in the table: the wire has checked what callers say. */
export function keySpecOf(name: string): KeySpec {
  const spec = keySpecs[name];
  if (!spec) throw new RangeError(`"${name}" is no key spec`);
  return spec;
}

/** An algorithm of the table together with where it stands there, which is how a worker thread finds it again. */
export interface Chosen<U extends Usage = Usage> {
  readonly spec: string;
  readonly usage: U;
  readonly name: string;
  readonly algorithm: AlgorithmOf<U>;
}

/** Undefined when keys of this spec and usage have no such algorithm. */
export function chooseAlgorithm<U extends Usage>(spec: string, usage: U, name: string): Chosen<U> | undefined {
  const algorithms = keySpecOf(spec).usages[usage] as Readonly<Record<string, AlgorithmOf<U>>> | undefined;
  const algorithm = algorithms && Object.hasOwn(algorithms, name) ? algorithms[name] : undefined;
  return algorithm && { spec, usage, name, algorithm };
}

/** The names of a usage's algorithms, as KeyMetadata and GetPublicKey list them. */
export const algorithmNames = (spec: string, usage: string): readonly string[] =>
  Object.keys(keySpecOf(spec).usages[usage as Usage] ?? {});
