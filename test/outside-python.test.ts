import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import {
  DecapsulateCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  EncapsulateCommand,
  GenerateDataKeyPairCommand,
  CreateKeyCommand,
  GetPublicKeyCommand,
  type MessageType,
  SignCommand,
  type SigningAlgorithmSpec,
} from "@aws-sdk/client-kms";
import { newKey } from "./key-kinds.ts";
import { kms, type TestServer, testServer } from "./kit.ts";
import { python, withoutPython } from "./outside.ts";

/** Python's `cryptography`, as an auditor without an account would use it. Bytes travel in base64. */
const verifier = `
import sys, json
from base64 import b64decode, b64encode
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_der_private_key, Encoding, PublicFormat
given = json.load(sys.stdin)
sha = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512(), "1": hashes.SHA1()}
by = lambda name: sha[name.split("_")[-1]]
key = load_der_public_key(b64decode(given["publicKey"])) if "publicKey" in given else None
`;
const checkSignatures = `${verifier}
def holds(case, message):
    key, signature, name = load_der_public_key(b64decode(case["publicKey"])), b64decode(case["signature"]), case["algorithm"]
    try:
        if name.startswith("RSASSA_PSS"): key.verify(signature, message, padding.PSS(padding.MGF1(by(name)), by(name).digest_size), by(name))
        elif name.startswith("RSASSA_PKCS1"): key.verify(signature, message, padding.PKCS1v15(), by(name))
        elif name.startswith("ECDSA"): key.verify(signature, message, ec.ECDSA(by(name)))
        else: key.verify(signature, message)
        return True
    except InvalidSignature:
        return False
print(json.dumps([[holds(case, b64decode(given["message"])), holds(case, b"other")] for case in given["cases"]]))
`;
const encrypt = `${verifier}
oaep = padding.OAEP(padding.MGF1(by(given["algorithm"])), by(given["algorithm"]), None)
print(json.dumps(b64encode(key.encrypt(b64decode(given["message"]), oaep)).decode()))
`;
const encapsulate = `${verifier}
secret, ciphertext = key.encapsulate()
print(json.dumps([b64encode(secret).decode(), b64encode(ciphertext).decode()]))
`;
const agree = `${verifier}
own = ec.generate_private_key(key.curve)
spki = own.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
print(json.dumps([b64encode(own.exchange(ec.ECDH(), key)).decode(), b64encode(spki).decode()]))
`;
const decapsulate = `${verifier}
own = load_der_private_key(b64decode(given["privateKey"]), None)
print(json.dumps(b64encode(own.decapsulate(b64decode(given["ciphertext"]))).decode()))
`;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const Message = Buffer.from("quis custodiet ipsos custodes");

const signatures: readonly (readonly [spec: string, algorithm: SigningAlgorithmSpec])[] = [
  ["RSA_2048", "RSASSA_PSS_SHA_256"],
  ["RSA_3072", "RSASSA_PSS_SHA_384"],
  ["RSA_3072", "RSASSA_PKCS1_V1_5_SHA_512"],
  ["ECC_NIST_P256", "ECDSA_SHA_256"],
  ["ECC_NIST_P384", "ECDSA_SHA_384"],
  ["ECC_NIST_P521", "ECDSA_SHA_512"],
  ["ECC_SECG_P256K1", "ECDSA_SHA_256"],
  ["ECC_NIST_EDWARDS25519", "ED25519_SHA_512"],
  ["ML_DSA_44", "ML_DSA_SHAKE_256"],
  ["ML_DSA_65", "ML_DSA_SHAKE_256"],
  ["ML_DSA_87", "ML_DSA_SHAKE_256"],
];

describe("Python's cryptography takes what is made here, and the reverse", { skip: withoutPython }, () => {
  let server: TestServer;
  before(async () => void (server = await testServer()));
  after(() => server.close());
  const publicKeyOf = async (KeyId: string): Promise<Uint8Array> =>
    (await kms(server).send(new GetPublicKeyCommand({ KeyId }))).PublicKey!;

  /** What a caller gives besides the message itself. */
  const forms = (spec: string, algorithm: string, publicKey: Uint8Array): (readonly [MessageType, Buffer])[] => {
    if (algorithm === "ED25519_SHA_512") return [["RAW", Message]];
    if (!spec.startsWith("ML_DSA"))
      return [
        ["RAW", Message],
        [
          "DIGEST",
          createHash(`sha${algorithm.slice(-3)}`)
            .update(Message)
            .digest(),
        ],
      ];
    // mu = SHAKE256(SHAKE256(public key, 64) ‖ 00 ‖ 00 ‖ message, 64): an empty context (FIPS 204, algorithm 2).
    const shake = (bytes: Uint8Array) => createHash("shake256", { outputLength: 64 }).update(bytes).digest();
    const raw = publicKey.subarray(publicKey.length - { ML_DSA_44: 1312, ML_DSA_65: 1952, ML_DSA_87: 2592 }[spec]!);
    return [
      ["RAW", Message],
      ["EXTERNAL_MU", shake(Buffer.concat([shake(raw), Buffer.of(0, 0), Message]))],
    ];
  };

  test("signatures of every kind that it knows, over messages, digests and external mus", async () => {
    const cases: object[] = [];
    for (const [spec, algorithm] of signatures) {
      const KeyId = await newKey(server, spec, "SIGN_VERIFY");
      const publicKey = await publicKeyOf(KeyId);
      for (const [MessageType, bytes] of forms(spec, algorithm, publicKey)) {
        const asked = { KeyId, Message: bytes, MessageType, SigningAlgorithm: algorithm };
        const { Signature } = await kms(server).send(new SignCommand(asked));
        cases.push({ algorithm, MessageType, publicKey: text(publicKey), signature: text(Signature!) });
      }
    }
    const verdicts = python(checkSignatures, { message: text(Message), cases }) as boolean[][];
    assert.deepEqual(
      verdicts,
      cases.map(() => [true, false]),
    );
    assert.equal(cases.length, 2 * signatures.length - 1);
  });

  for (const algorithm of ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] as const)
    test(`encrypted under the downloaded public key: ${algorithm}`, async () => {
      const KeyId = await newKey(server, "RSA_2048", "ENCRYPT_DECRYPT");
      const given = { algorithm, publicKey: text(await publicKeyOf(KeyId)), message: text(Message) };
      const CiphertextBlob = Buffer.from(python(encrypt, given) as string, "base64");
      const asked = { KeyId, CiphertextBlob, EncryptionAlgorithm: algorithm };
      assert.deepEqual(Buffer.from((await kms(server).send(new DecryptCommand(asked))).Plaintext!), Message);
    });

  for (const spec of ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"])
    test(`a shared secret: ${spec}`, async () => {
      const KeyId = await newKey(server, spec, "KEY_AGREEMENT");
      const [secret, peer] = python(agree, { publicKey: text(await publicKeyOf(KeyId)) }) as [string, string];
      const asked = { KeyId, KeyAgreementAlgorithm: "ECDH" as const, PublicKey: Buffer.from(peer, "base64") };
      const { SharedSecret } = await kms(server).send(new DeriveSharedSecretCommand(asked));
      assert.equal(text(SharedSecret!), secret);
    });

  for (const spec of ["ML_KEM_768", "ML_KEM_1024"] as const)
    test(`an encapsulated secret, both ways: ${spec}`, async () => {
      const KeyId = await newKey(server, spec, "ENCAPSULATE_DECAPSULATE");
      const [secret, ciphertext] = python(encapsulate, { publicKey: text(await publicKeyOf(KeyId)) }) as string[];
      const SharedSecretCiphertextBlob = Buffer.from(ciphertext!, "base64");
      const asked = { KeyId, EncapsulationAlgorithm: "ML_KEM" as const };
      const opened = await kms(server).send(new DecapsulateCommand({ ...asked, SharedSecretCiphertextBlob }));
      assert.equal(text(opened.SharedSecret!), secret);
      const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
      const generated = { KeyId: KeyMetadata!.KeyId, KeyPairSpec: spec };
      const pair = await kms(server).send(new GenerateDataKeyPairCommand(generated));
      // The private half of a data key pair is somebody else's to use.
      const own = { publicKey: text(pair.PublicKey!), privateKey: text(pair.PrivateKeyPlaintext!) };
      const [mine, sealed] = python(encapsulate, { publicKey: own.publicKey }) as string[];
      assert.equal(python(decapsulate, { ...own, ciphertext: sealed }), mine);
      const made = await kms(server).send(new EncapsulateCommand(asked));
      assert.equal(made.SharedSecret!.length, 32);
    });
});
