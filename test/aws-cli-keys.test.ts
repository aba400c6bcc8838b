import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { awsKms, withoutCli } from "./aws-cli.ts";
import { type TestServer, testServer } from "./kit.ts";
import { type Workbench, workbench } from "./outside.ts";

describe("the AWS CLI uses keys of every kind", { skip: withoutCli }, () => {
  let server: TestServer;
  let bench: Workbench;
  before(async () => {
    server = await testServer();
    bench = workbench();
    bench.file("message", "to whom it may concern");
  });
  after(async () => {
    bench[Symbol.dispose]();
    await server.close();
  });

  const aws = (...args: readonly string[]) => awsKms(server, ...args);
  const create = async (spec: string, usage: string): Promise<string> =>
    (await aws("create-key", "--key-spec", spec, "--key-usage", usage)).KeyMetadata.KeyId as string;
  const message = () => ["--message", `fileb://${bench.path("message")}`];

  test("sign, get-public-key, verify offline and online", async () => {
    const id = ["--key-id", await create("ECC_NIST_P256", "SIGN_VERIFY")];
    const algorithm = ["--signing-algorithm", "ECDSA_SHA_256"];
    const { Signature } = await aws("sign", ...id, ...message(), ...algorithm);
    const signature = Buffer.from(Signature as string, "base64");
    const { PublicKey } = await aws("get-public-key", ...id);
    const key = createPublicKey({ key: Buffer.from(PublicKey as string, "base64"), format: "der", type: "spki" });
    assert.ok(verify("sha256", bench.read("message"), key, signature));
    const given = ["--signature", `fileb://${bench.file("signature", signature)}`];
    assert.equal((await aws("verify", ...id, ...message(), ...algorithm, ...given)).SignatureValid, true);
    bench.file("signature", Buffer.alloc(70));
    await assert.rejects(aws("verify", ...id, ...message(), ...algorithm, ...given), /KMSInvalidSignatureException/);
  });

  test("generate-mac and verify-mac", async () => {
    const id = ["--key-id", await create("HMAC_384", "GENERATE_VERIFY_MAC"), "--mac-algorithm", "HMAC_SHA_384"];
    const { Mac } = await aws("generate-mac", ...id, ...message());
    const given = ["--mac", `fileb://${bench.file("mac", Buffer.from(Mac as string, "base64"))}`];
    assert.equal((await aws("verify-mac", ...id, ...message(), ...given)).MacValid, true);
  });

  test("encrypt and decrypt with RSA, and a data key pair", async () => {
    const id = ["--key-id", await create("RSA_2048", "ENCRYPT_DECRYPT")];
    const algorithm = ["--encryption-algorithm", "RSAES_OAEP_SHA_256"];
    const plaintext = ["--plaintext", `fileb://${bench.path("message")}`];
    const sealed = await aws("encrypt", ...id, ...plaintext, ...algorithm);
    const blob = bench.file("sealed", Buffer.from(sealed.CiphertextBlob as string, "base64"));
    const opened = await aws("decrypt", ...id, "--ciphertext-blob", `fileb://${blob}`, ...algorithm);
    assert.equal(Buffer.from(opened.Plaintext as string, "base64").toString(), "to whom it may concern");
    const symmetric = await create("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    const pair = await aws("generate-data-key-pair", "--key-id", symmetric, "--key-pair-spec", "ECC_SECG_P256K1");
    assert.equal(pair.KeyPairSpec, "ECC_SECG_P256K1");
    assert.ok(pair.PrivateKeyPlaintext && pair.PublicKey && pair.PrivateKeyCiphertextBlob);
  });

  test("a mistake is answered in AWS's words", async () => {
    const id = await create("RSA_2048", "SIGN_VERIFY");
    const asked = ["--key-id", id, ...message(), "--message-type", "DIGEST"];
    await assert.rejects(
      aws("sign", ...asked, "--signing-algorithm", "RSASSA_PSS_SHA_256"),
      /\(ValidationException\).*Digest is invalid length for algorithm RSASSA_PSS_SHA_256\./,
    );
    await assert.rejects(
      aws("create-key", "--key-spec", "RSA_2048", "--key-usage", "KEY_AGREEMENT"),
      /\(ValidationException\).*KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048/,
    );
  });
});
