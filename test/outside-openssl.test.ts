import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import {
  CreateKeyCommand,
  DecryptCommand,
  GenerateDataKeyPairCommand,
  type DataKeyPairSpec,
  GetPublicKeyCommand,
  type MessageType,
  SignCommand,
  type SigningAlgorithmSpec,
} from "@aws-sdk/client-kms";
import { newKey } from "./key-kinds.ts";
import { kms, type TestServer, testServer } from "./kit.ts";
import { type Workbench, withoutOpenssl, workbench } from "./outside.ts";

const Message = Buffer.from("the enemy knows the system");

/** A signature made here, checked by `openssl dgst`. */
const signatures: readonly (readonly [spec: string, algorithm: string, ...options: string[]])[] = [
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256"],
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_384"],
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512"],
  ...["256", "384", "512"].map((sha) => {
    const strict = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
    return ["RSA_2048", `RSASSA_PSS_SHA_${sha}`, ...strict] as const;
  }),
  ["RSA_3072", "RSASSA_PKCS1_V1_5_SHA_256"],
  ["RSA_4096", "RSASSA_PSS_SHA_512", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"],
  ["ECC_NIST_P256", "ECDSA_SHA_256"],
  ["ECC_NIST_P384", "ECDSA_SHA_384"],
  ["ECC_NIST_P521", "ECDSA_SHA_512"],
  ["ECC_SECG_P256K1", "ECDSA_SHA_256"],
  ["SM2", "SM2DSA", "-sigopt", "distid:1234567812345678"],
];
const hashOf = (algorithm: string): string =>
  algorithm === "SM2DSA" ? "sm3" : `sha${/\d{3}$/.exec(algorithm)?.[0] ?? ""}`;

describe("openssl takes what is made here, and the reverse", { skip: withoutOpenssl }, () => {
  let server: TestServer;
  const keys = new Map<string, Promise<string>>();
  const keyOf = (spec: string, usage: string): Promise<string> => {
    const name = `${spec} ${usage}`;
    if (!keys.has(name)) keys.set(name, newKey(server, spec, usage));
    return keys.get(name)!;
  };
  const publicKey = async (KeyId: string, bench: Workbench): Promise<string> => {
    const { PublicKey } = await kms(server).send(new GetPublicKeyCommand({ KeyId }));
    bench.openssl(
      "pkey",
      "-pubin",
      "-inform",
      "DER",
      "-in",
      bench.file("key.der", PublicKey!),
      "-out",
      bench.path("key"),
    );
    return bench.path("key");
  };
  before(async () => void (server = await testServer()));
  after(() => server.close());

  for (const [spec, algorithm, ...options] of signatures)
    test(`a signature: ${spec}, ${algorithm}`, async () => {
      using bench = workbench();
      const KeyId = await keyOf(spec, "SIGN_VERIFY");
      const key = await publicKey(KeyId, bench);
      const hash = hashOf(algorithm);
      // What SM2 signs is the digest of more than the message.
      const digest: MessageType[] = spec === "SM2" ? [] : ["DIGEST"];
      for (const MessageType of ["RAW" as const, ...digest]) {
        const bytes = MessageType === "RAW" ? Message : createHash(hash).update(Message).digest();
        const SigningAlgorithm = algorithm as SigningAlgorithmSpec;
        const signed = await kms(server).send(
          new SignCommand({ KeyId, Message: bytes, MessageType, SigningAlgorithm }),
        );
        const files = ["-signature", bench.file("sig", signed.Signature!), bench.file("message", Message)];
        assert.match(bench.openssl("dgst", `-${hash}`, "-verify", key, ...options, ...files).toString(), /Verified OK/);
      }
    });

  test("a signature: ECC_NIST_EDWARDS25519, ED25519_SHA_512", async () => {
    using bench = workbench();
    const KeyId = await keyOf("ECC_NIST_EDWARDS25519", "SIGN_VERIFY");
    const key = await publicKey(KeyId, bench);
    const signed = await kms(server).send(new SignCommand({ KeyId, Message, SigningAlgorithm: "ED25519_SHA_512" }));
    const files = ["-sigfile", bench.file("sig", signed.Signature!), "-in", bench.file("message", Message)];
    const said = bench.openssl("pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", ...files).toString();
    assert.match(said, /Verified Successfully/);
  });

  const oaep = (hash: string) =>
    [`rsa_padding_mode:oaep`, `rsa_oaep_md:${hash}`, `rsa_mgf1_md:${hash}`].flatMap((option) => ["-pkeyopt", option]);
  const encryptions: readonly (readonly [spec: string, algorithm: string, options: readonly string[]])[] = [
    ["RSA_2048", "RSAES_OAEP_SHA_1", oaep("sha1")],
    ["RSA_2048", "RSAES_OAEP_SHA_256", oaep("sha256")],
    ["RSA_3072", "RSAES_OAEP_SHA_256", oaep("sha256")],
    ["RSA_4096", "RSAES_OAEP_SHA_256", oaep("sha256")],
    ["SM2", "SM2PKE", []],
  ];
  for (const [spec, algorithm, options] of encryptions)
    test(`encrypted under the downloaded public key: ${spec}, ${algorithm}`, async () => {
      using bench = workbench();
      const KeyId = await keyOf(spec, "ENCRYPT_DECRYPT");
      const key = await publicKey(KeyId, bench);
      const files = ["-in", bench.file("message", Message), "-out", bench.path("sealed")];
      bench.openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", key, ...options, ...files);
      const asked = { KeyId, CiphertextBlob: bench.read("sealed"), EncryptionAlgorithm: algorithm as "SM2PKE" };
      assert.deepEqual(Buffer.from((await kms(server).send(new DecryptCommand(asked))).Plaintext!), Message);
    });

  const pairs: DataKeyPairSpec[] = ["RSA_2048", "RSA_3072", "RSA_4096"];
  const curves: DataKeyPairSpec[] = ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "SM2"];
  for (const KeyPairSpec of [...pairs, ...curves, "ECC_NIST_EDWARDS25519" as const])
    test(`a data key pair is a private key and its public key: ${KeyPairSpec}`, async () => {
      using bench = workbench();
      const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
      const pair = await kms(server).send(new GenerateDataKeyPairCommand({ KeyId: KeyMetadata!.KeyId, KeyPairSpec }));
      const file = bench.file("private", pair.PrivateKeyPlaintext!);
      bench.openssl("pkey", "-check", "-noout", "-inform", "DER", "-in", file);
      const read = ["-inform", "DER", "-in", file, "-pubout", "-outform", "DER"];
      assert.deepEqual(bench.openssl("pkey", ...read), Buffer.from(pair.PublicKey!));
    });
});
