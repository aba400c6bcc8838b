import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import {
  CreateKeyCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateRandomCommand,
  GetPublicKeyCommand,
  PutKeyPolicyCommand,
  type RecipientInfo,
} from "@aws-sdk/client-kms";
import { CreateAccessKeyCommand, CreateUserCommand } from "@aws-sdk/client-iam";
import { type Cbor, decodeCbor } from "../src/attestation/cbor.ts";
import { certify, opensslMissing } from "./certificates.ts";
import { claviger, temporaryFolder } from "./cli-kit.ts";
import { iam, kms, testServer, type TestServer } from "./kit.ts";

const named = (name: string) => (error: unknown) => {
  assert.equal((error as Error).name, name, String(error));
  return true;
};

describe("recipients", { skip: opensslMissing }, () => {
  const folder = temporaryFolder();
  after(() => folder[Symbol.dispose]());
  const image = "ab".repeat(48);

  const documentOf = async (server: TestServer, ...more: string[]): Promise<RecipientInfo> => {
    const files = ["--out", folder.file("document"), "--private-key", folder.file("recipient.pem")];
    const made = await claviger(["attestation", "make", ...files, "--endpoint", server.url, ...more]);
    assert.equal(made.code, 0, made.err);
    return {
      KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_256",
      AttestationDocument: readFileSync(folder.file("document")),
    };
  };

  /** The counterpart: OpenSSL, with the recipient's private key. */
  const opened = (envelope: Uint8Array | undefined): Buffer => {
    writeFileSync(folder.file("envelope"), envelope!);
    const cms = ["cms", "-decrypt", "-binary", "-inform", "DER", "-in", folder.file("envelope")];
    return execFileSync("openssl", [...cms, "-inkey", folder.file("recipient.pem")]);
  };

  test("get plaintexts, data keys, private keys, shared secrets and random bytes that only they can read", async () => {
    await using server = await testServer();
    const client = kms(server);
    const Recipient = await documentOf(server, "--pcr", `0=${image}`);
    const KeyId = (await client.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
    for (const size of [1, 15, 16, 4096]) {
      const Plaintext = Buffer.alloc(size, 5);
      const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext }));
      const answer = await client.send(new DecryptCommand({ CiphertextBlob, Recipient }));
      assert.deepEqual([answer.Plaintext, answer.KeyMaterialId, answer.KeyId], [undefined, undefined, KeyId]);
      assert.deepEqual(opened(answer.CiphertextForRecipient), Plaintext);
    }
    const data = await client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256", Recipient }));
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob: data.CiphertextBlob }));
    assert.deepEqual([data.Plaintext, data.KeyMaterialId], [undefined, undefined]);
    assert.deepEqual(opened(data.CiphertextForRecipient), Buffer.from(Plaintext!));
    const pair = await client.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: "RSA_4096", Recipient }));
    assert.equal(pair.PrivateKeyPlaintext, undefined);
    const privateKey = await client.send(new DecryptCommand({ CiphertextBlob: pair.PrivateKeyCiphertextBlob }));
    assert.deepEqual(opened(pair.CiphertextForRecipient), Buffer.from(privateKey.Plaintext!));
    const random = await client.send(new GenerateRandomCommand({ NumberOfBytes: 24, Recipient }));
    assert.deepEqual([random.Plaintext, opened(random.CiphertextForRecipient).length], [undefined, 24]);
    const agreeing = { KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" } as const;
    const own = (await client.send(new CreateKeyCommand(agreeing))).KeyMetadata!.KeyId!;
    const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId: own }));
    const deriving = { KeyId: own, PublicKey, KeyAgreementAlgorithm: "ECDH" } as const;
    const secret = await client.send(new DeriveSharedSecretCommand({ ...deriving, Recipient }));
    const plain = await client.send(new DeriveSharedSecretCommand(deriving));
    assert.equal(secret.SharedSecret, undefined);
    assert.deepEqual(opened(secret.CiphertextForRecipient), Buffer.from(plain.SharedSecret!));
    const { lines } = await server.house.store.trail.after(0, 1000);
    const records = lines.map((line) => JSON.parse(line) as Record<string, any>);
    const recorded = records.find(({ eventName }) => eventName === "GenerateDataKey")!;
    assert.equal(recorded.additionalEventData.recipient.attestationDocumentEnclaveImageDigest, image);
    assert.match(recorded.additionalEventData.recipient.attestationDocumentModuleId, /^i-/);
  });

  test("are told apart by what they measured", async () => {
    await using server = await testServer();
    const admin = kms(server);
    await iam(server).send(new CreateUserCommand({ UserName: "enclave" }));
    const { AccessKey } = await iam(server).send(new CreateAccessKeyCommand({ UserName: "enclave" }));
    const client = kms(server, { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! });
    const KeyId = (await admin.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
    const statement = (AWS: string, Action: string, Condition?: object) => ({
      Effect: "Allow",
      Principal: { AWS },
      Action,
      Resource: "*",
      ...(Condition && { Condition }),
    });
    const onlyFor = (condition: object) => {
      const own = statement("arn:aws:iam::000000000000:user/enclave", "kms:GenerateDataKey", condition);
      const Statement = [statement("arn:aws:iam::000000000000:root", "kms:*"), own];
      return admin.send(
        new PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }),
      );
    };
    const generate = (Recipient?: RecipientInfo) =>
      client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256", Recipient }));
    const tpm = ["--nitro-tpm", "--pcr", `4=${"44".repeat(48)}`];
    const cases = [
      ["kms:RecipientAttestation:ImageSha384", image, ["--pcr", `0=${image}`], ["--pcr", `0=${"ac".repeat(48)}`]],
      ["kms:RecipientAttestation:PCR0", image.toUpperCase(), ["--pcr", `0=${image}`], ["--pcr", `1=${image}`]],
      ["kms:RecipientAttestation:PCR31", "07".repeat(32), ["--pcr", `31=${"07".repeat(32)}`], []],
      ["kms:RecipientAttestation:NitroTPMPCR4", "44".repeat(48), tpm, ["--pcr", `4=${"44".repeat(48)}`]],
    ] as const;
    for (const [name, value, fit, unfit] of cases) {
      await onlyFor({ StringEqualsIgnoreCase: { [name]: value } });
      assert.ok((await generate(await documentOf(server, ...fit))).CiphertextForRecipient);
      await assert.rejects(generate(await documentOf(server, ...unfit)), named("AccessDeniedException"));
      await assert.rejects(generate(), named("AccessDeniedException"));
    }
  });

  test("without a document that can be believed are refused before anything else", async () => {
    await using server = await testServer();
    const client = kms(server);
    const Recipient = await documentOf(server);
    const random = (recipient: RecipientInfo) =>
      client.send(new GenerateRandomCommand({ NumberOfBytes: 8, Recipient: recipient }));
    const AttestationDocument = Buffer.from(Recipient.AttestationDocument!);
    AttestationDocument[AttestationDocument.length - 1]! ^= 1;
    const wrong: readonly RecipientInfo[] = [
      { ...Recipient, AttestationDocument },
      { ...Recipient, AttestationDocument: Buffer.from("nonsense") },
      { AttestationDocument: Recipient.AttestationDocument! },
      { KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_256" },
      {},
    ];
    for (const one of wrong) await assert.rejects(random(one), named("ValidationException"));
    await using other = await testServer();
    await assert.rejects(
      kms(other).send(new GenerateRandomCommand({ NumberOfBytes: 8, Recipient })),
      named("ValidationException"),
    );
  });

  test("are believed on the word of roots that the operator names", async () => {
    await using here = await testServer();
    const Recipient = await documentOf(here);
    const [, , payload] = decodeCbor(Buffer.from(Recipient.AttestationDocument!)) as Cbor[];
    const [authority] = (decodeCbor(payload as Buffer) as Map<string, Cbor>).get("cabundle") as Buffer[];
    writeFileSync(folder.file("root.pem"), new X509Certificate(authority!).toString());
    await using there = await testServer({ ephemeral: true, attestationRoots: [folder.file("root.pem")] });
    const random = new GenerateRandomCommand({ NumberOfBytes: 8, Recipient });
    assert.equal(opened((await kms(there).send(random)).CiphertextForRecipient).length, 8);
    const { certFile } = certify(folder.path, "DNS:leaf.test");
    for (const [file, words] of [
      [folder.file("none.pem"), /^Cannot read the attestation root ".*none\.pem": ENOENT/],
      [certFile, /^Cannot trust the attestation root ".*": it is no root certificate/],
    ] as const) {
      const { code, err } = await claviger(["dev", "--port", "0", "--ephemeral", "--attestation-root", file]);
      assert.equal(code, 1);
      assert.match(err, words);
    }
  });
});
