import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { CreateKeyCommand, DescribeKeyCommand, type KeySpec, type KeyUsageType } from "@aws-sdk/client-kms";
import { KMSServiceException } from "@aws-sdk/client-kms";
import { keyKinds, listNames, usages } from "./key-kinds.ts";
import { kms, type TestServer, testServer } from "./kit.ts";

describe("CreateKey makes every kind of key", () => {
  let server: TestServer;
  before(async () => void (server = await testServer()));
  after(() => server.close());

  for (const { spec, usage, list, algorithms } of keyKinds)
    test(`${spec} for ${usage}`, async () => {
      const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({ KeySpec: spec, KeyUsage: usage }));
      assert.equal(KeyMetadata!.KeySpec, spec);
      assert.equal(KeyMetadata!.CustomerMasterKeySpec, spec);
      assert.equal(KeyMetadata!.KeyUsage, usage);
      const described = await kms(server).send(new DescribeKeyCommand({ KeyId: KeyMetadata!.KeyId }));
      assert.deepEqual(described.KeyMetadata, KeyMetadata);
      const metadata = KeyMetadata as unknown as Record<string, unknown>;
      for (const name of listNames) assert.deepEqual(metadata[name], name === list ? algorithms : undefined, name);
      assert.equal(metadata.CurrentKeyMaterialId !== undefined, spec === "SYMMETRIC_DEFAULT");
    });

  const refused = (input: object, text: string) =>
    assert.rejects(kms(server).send(new CreateKeyCommand(input)), (error) => {
      assert.ok(error instanceof KMSServiceException);
      assert.deepEqual([error.name, error.message], ["ValidationException", text]);
      return true;
    });

  test("a usage that a spec does not have is refused, whatever the pair", async () => {
    const pairs = [...new Set(keyKinds.map(({ spec }) => spec))].flatMap((spec) =>
      usages
        .filter((usage) => !keyKinds.some((kind) => kind.spec === spec && kind.usage === usage))
        .map((usage) => [spec, usage] as const),
    );
    assert.ok(pairs.length > 50);
    for (const [KeySpec, KeyUsage] of pairs)
      await refused({ KeySpec, KeyUsage }, `KeyUsage ${KeyUsage} is not compatible with KeySpec ${KeySpec}`);
  });

  test("every spec but the symmetric one needs its usage said", async () => {
    const text = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.";
    for (const { spec } of keyKinds.filter(({ spec }) => spec !== "SYMMETRIC_DEFAULT"))
      await refused({ KeySpec: spec }, text);
  });

  test("the deprecated name of the spec is taken, but not beside the new one", async () => {
    const old = { CustomerMasterKeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" } as const;
    const { KeyMetadata } = await kms(server).send(new CreateKeyCommand(old));
    assert.equal(KeyMetadata!.KeySpec, "ECC_NIST_P256");
    const both = { ...old, KeySpec: "ECC_NIST_P256" satisfies KeySpec, KeyUsage: "SIGN_VERIFY" satisfies KeyUsageType };
    await refused(
      both,
      "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.",
    );
  });
});
