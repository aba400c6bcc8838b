import assert from "node:assert/strict";
import { generateKeyPairSync, verify } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateMacCommand,
  SignCommand,
} from "@aws-sdk/client-kms";
import { GetUserCommand, ListAttachedUserPoliciesCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { temporaryFolder } from "./cli-kit.ts";
import { iam, kms, rootOf, sts, testServer } from "./kit.ts";

const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const allow = (Action: string, more: object = {}) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action, ...more }],
});
const alice = { accessKeyId: "AKIAALICE00000000001", secretAccessKey: "a-secret-for-tests-only" };
const aliceArn = "arn:aws:iam::111122223333:user/alice";
const region = "eu-west-1";
const orders = "11111111-2222-3333-4444-555555555555";
const signer = "21111111-2222-3333-4444-555555555555";
const mac = "31111111-2222-3333-4444-555555555555";

const seed = {
  accounts: [
    {
      id: "111122223333",
      name: "shop",
      accessKeys: [{ id: "AKIAROOT000000000001", secret: "root-secret-for-tests-only" }],
      policies: { "use-keys": allow("kms:*", { Resource: "*" }) },
      users: [
        {
          name: "alice",
          tags: { team: "shop" },
          accessKeys: [{ id: alice.accessKeyId, secret: alice.secretAccessKey }],
          attached: ["arn:aws:iam::111122223333:policy/use-keys"],
          inline: { roles: allow("sts:AssumeRole", { Resource: "*" }) },
        },
      ],
      roles: [{ name: "worker", trust: allow("sts:AssumeRole", { Principal: { AWS: aliceArn } }) }],
      keys: [
        {
          id: orders,
          region,
          material: Buffer.alloc(32, 7).toString("base64"),
          description: "orders",
          aliases: ["alias/orders"],
          tags: { team: "shop" },
          policy: {
            Version: "2012-10-17",
            Statement: [
              { Effect: "Allow", Principal: { AWS: "arn:aws:iam::111122223333:root" }, Action: "kms:*", Resource: "*" },
              { Effect: "Allow", Principal: { AWS: aliceArn }, Action: "kms:Decrypt", Resource: "*" },
            ],
          },
        },
        {
          id: signer,
          region,
          spec: "ECC_NIST_P256",
          usage: "SIGN_VERIFY",
          material: pair.privateKey.export({ format: "der", type: "pkcs8" }).toString("base64"),
        },
        { id: mac, region, spec: "HMAC_256", material: Buffer.alloc(32, 9).toString("base64") },
        { id: orders, region: "eu-west-2", enabled: false },
      ],
    },
  ],
};

describe("a seed", () => {
  test("makes the same accounts, users and keys in every installation: what one encrypts, another decrypts", async () => {
    using folder = temporaryFolder();
    const file = folder.file("seed.json");
    writeFileSync(file, JSON.stringify(seed));
    await using one = await testServer({ ephemeral: true, seed: file });
    await using other = await testServer({ ephemeral: true, seed: file });
    const Plaintext = Buffer.from("attack at dawn");
    const { CiphertextBlob, KeyId } = await kms(one, alice).send(
      new EncryptCommand({ KeyId: "alias/orders", Plaintext }),
    );
    assert.equal(KeyId, `arn:aws:kms:eu-west-1:111122223333:key/${orders}`);
    const opened = await kms(other, alice).send(new DecryptCommand({ CiphertextBlob }));
    assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);

    const signed = await kms(one, alice).send(
      new SignCommand({ KeyId: signer, Message: Plaintext, SigningAlgorithm: "ECDSA_SHA_256" }),
    );
    assert.ok(verify("sha256", Plaintext, pair.publicKey, signed.Signature ?? Buffer.of()));
    const macOf = async (server: typeof one) =>
      (
        await kms(server, alice).send(
          new GenerateMacCommand({ KeyId: mac, Message: Plaintext, MacAlgorithm: "HMAC_SHA_256" }),
        )
      ).Mac;
    assert.deepEqual(await macOf(one), await macOf(other));

    const session = await sts(other, alice).send(
      new AssumeRoleCommand({ RoleArn: "arn:aws:iam::111122223333:role/worker", RoleSessionName: "work" }),
    );
    assert.match(session.AssumedRoleUser?.Arn ?? "", /assumed-role\/worker\/work$/);
    const root = { accessKeyId: "AKIAROOT000000000001", secretAccessKey: "root-secret-for-tests-only" };
    assert.match((await sts(other, root).send(new GetCallerIdentityCommand({}))).Arn ?? "", /111122223333:root$/);
    const { User } = await iam(other, root).send(new GetUserCommand({ UserName: "alice" }));
    assert.deepEqual(User?.Tags, [{ Key: "team", Value: "shop" }]);
    const second = await kms(other, rootOf("111122223333"), "eu-west-2").send(
      new DescribeKeyCommand({ KeyId: orders }),
    );
    assert.equal(second.KeyMetadata?.KeyState, "Disabled");
  });

  test("is recorded call by call, changes nothing on a second start, and mends an inline policy", async () => {
    using folder = temporaryFolder();
    const file = folder.file("seed.json");
    const start = async (content: object = seed) => {
      writeFileSync(file, JSON.stringify(content));
      return await testServer({ data: folder.file("data"), seed: file });
    };
    const namesAfter = async (number: number) => {
      await using server = await start();
      const { lines, next } = await server.house.store.trail.after(number, 1000);
      return { names: lines.map((line) => (JSON.parse(line) as { eventName: string }).eventName), next };
    };
    const first = await namesAfter(0);
    for (const name of ["CreateAccount", "CreateUser", "CreateAccessKey", "PutUserPolicy", "CreateKey", "CreateAlias"])
      assert.ok(first.names.includes(name), name);
    assert.deepEqual((await namesAfter(first.next)).names, []);
    const changed = structuredClone(seed);
    changed.accounts[0]!.users[0]!.inline.roles = allow("sts:*", { Resource: "*" });
    await using server = await start(changed);
    const { lines } = await server.house.store.trail.after(first.next, 1000);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /"eventName":"PutUserPolicy"/);
    const attached = await iam(server, rootOf("111122223333")).send(
      new ListAttachedUserPoliciesCommand({ UserName: "alice" }),
    );
    assert.equal(attached.AttachedPolicies?.length, 1);
  });
});

test("the file that the documentation shows is one", async () => {
  using folder = temporaryFolder();
  const page = readFileSync(new URL("../docs/seed.md", import.meta.url), "utf8");
  writeFileSync(folder.file("seed.json"), page.split("```json\n")[1]?.split("```")[0] ?? "");
  await using server = await testServer({ ephemeral: true, seed: folder.file("seed.json") });
  const shown = { accessKeyId: "AKIAALICE00000000001", secretAccessKey: "alice-secret-for-tests-only" };
  await kms(server, shown).send(new EncryptCommand({ KeyId: "alias/orders", Plaintext: Buffer.from("x") }));
});
