import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { awsKms, withoutCli } from "./aws-cli.ts";
import { type TestServer, testServer } from "./kit.ts";
import { type Workbench, withoutOpenssl, workbench } from "./outside.ts";

const skip = withoutCli || withoutOpenssl;

/** The options of `openssl pkeyutl` for each wrapping algorithm, as AWS's guide gives them. */
const oaep = (hash: string) =>
  ["rsa_padding_mode:oaep", `rsa_oaep_md:${hash}`, `rsa_mgf1_md:${hash}`].flatMap((option) => ["-pkeyopt", option]);
const ways: readonly (readonly [algorithm: string, spec: string, options: readonly string[]])[] = [
  ["RSAES_OAEP_SHA_1", "RSA_2048", oaep("sha1")],
  ["RSAES_OAEP_SHA_256", "RSA_4096", oaep("sha256")],
  ["SM2PKE", "SM2", []],
];

describe("the AWS CLI and openssl bring material, rotate and replicate", { skip }, () => {
  let server: TestServer;
  let bench: Workbench;
  before(async () => {
    server = await testServer();
    bench = workbench();
  });
  after(async () => {
    bench[Symbol.dispose]();
    await server.close();
  });
  const aws = (...args: readonly string[]) => awsKms(server, ...args);

  const external = async (spec = "SYMMETRIC_DEFAULT", usage = "ENCRYPT_DECRYPT"): Promise<string> =>
    (await aws("create-key", "--origin", "EXTERNAL", "--key-spec", spec, "--key-usage", usage)).KeyMetadata.KeyId;
  /** Fetches parameters: the files of the public wrapping key and of the token. */
  async function parameters(id: string, algorithm: string, spec: string) {
    const how = ["--wrapping-algorithm", algorithm, "--wrapping-key-spec", spec];
    const { PublicKey, ImportToken } = await aws("get-parameters-for-import", "--key-id", id, ...how);
    return {
      key: bench.file("wrapping.der", Buffer.from(PublicKey as string, "base64")),
      token: bench.file("token", Buffer.from(ImportToken as string, "base64")),
    };
  }
  const bring = (id: string, token: string, wrapped: string) => {
    const given = ["--import-token", `fileb://${token}`, "--encrypted-key-material", `fileb://${wrapped}`];
    const model = ["--expiration-model", "KEY_MATERIAL_DOES_NOT_EXPIRE"];
    return aws("import-key-material", "--key-id", id, ...given, ...model);
  };
  const wrapUnder = (key: string, options: readonly string[], input: string, output: string): void => {
    const from = ["-in", input, "-inkey", key, "-keyform", "DER", "-pubin"];
    bench.openssl("pkeyutl", "-encrypt", ...from, ...options, "-out", bench.path(output));
  };

  for (const [algorithm, spec, options] of ways)
    test(`a symmetric key, wrapped by openssl with ${algorithm} under ${spec}`, async () => {
      const id = await external();
      const { key, token } = await parameters(id, algorithm, spec);
      wrapUnder(key, options, bench.file("plain", randomBytes(32)), "wrapped");
      await bring(id, token, bench.path("wrapped"));
      const { KeyMetadata } = await aws("describe-key", "--key-id", id);
      assert.equal(KeyMetadata.KeyState, "Enabled");
    });

  test("an RSA private key, wrapped by openssl with RSA_AES_KEY_WRAP_SHA_256", async () => {
    const id = await external("RSA_2048", "SIGN_VERIFY");
    const { key, token } = await parameters(id, "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048");
    bench.openssl(
      "genpkey",
      "-algorithm",
      "RSA",
      "-pkeyopt",
      "rsa_keygen_bits:2048",
      "-out",
      bench.path("private.pem"),
    );
    const toPkcs8 = ["-topk8", "-nocrypt", "-outform", "der", "-in", bench.path("private.pem")];
    bench.openssl("pkcs8", ...toPkcs8, "-out", bench.path("private.der"));
    const once = randomBytes(32);
    const wrap = ["-id-aes256-wrap-pad", "-K", once.toString("hex"), "-iv", "A65959A6"];
    bench.openssl("enc", ...wrap, "-in", bench.path("private.der"), "-out", bench.path("inner"));
    wrapUnder(key, oaep("sha256"), bench.file("once", once), "outer");
    await bring(id, token, bench.file("both", Buffer.concat([bench.read("outer"), bench.read("inner")])));
    const message = ["--message", `fileb://${bench.file("message", "from my own key")}`];
    const algorithm = ["--signing-algorithm", "RSASSA_PKCS1_V1_5_SHA_256"];
    const { Signature } = await aws("sign", "--key-id", id, ...message, ...algorithm);
    bench.file("signature", Buffer.from(Signature as string, "base64"));
    const given = ["-prverify", bench.path("private.der"), "-keyform", "DER", "-signature", bench.path("signature")];
    assert.match(bench.openssl("dgst", "-sha256", ...given, bench.path("message")).toString(), /Verified OK/);
  });

  test("rotation, its list, replicas and the last use", async () => {
    const { KeyId: id } = (await aws("create-key", "--multi-region")).KeyMetadata;
    const of = ["--key-id", id as string];
    await aws("enable-key-rotation", ...of, "--rotation-period-in-days", "90");
    assert.equal((await aws("get-key-rotation-status", ...of)).RotationPeriodInDays, 90);
    await aws("rotate-key-on-demand", ...of);
    const { Rotations } = await aws("list-key-rotations", ...of, "--include-key-material", "ALL_KEY_MATERIAL");
    assert.deepEqual(
      Rotations.map(({ KeyMaterialState: state }: Record<string, string>) => state),
      ["NON_CURRENT", "CURRENT"],
    );
    const { ReplicaKeyMetadata } = await aws("replicate-key", ...of, "--replica-region", "us-east-2");
    assert.equal(ReplicaKeyMetadata.KeyState, "Creating");
    await aws("generate-data-key", ...of, "--key-spec", "AES_256");
    await assert.rejects(aws("update-primary-region", ...of, "--primary-region", "eu-north-1"), /NotFoundException/);
    await aws("disable-key-rotation", ...of);
    assert.equal((await aws("get-key-rotation-status", ...of)).KeyRotationEnabled, false);
  });
});
