import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  CancelKeyDeletionCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyPairCommand,
  GetPublicKeyCommand,
  type KMSClient,
  ListKeysCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
} from "@aws-sdk/client-kms";
import { assertUsd, costs, moveTo, usdOf, written } from "./cost-kit.ts";
import { kms, rootOf, testServer } from "./kit.ts";

const hours = 31 * 24;
const make = async (client: KMSClient, input: CreateKeyCommandInput = {}): Promise<string> =>
  (await client.send(new CreateKeyCommand(input))).KeyMetadata!.Arn!;

describe("keys by the hour", () => {
  test("from their making to their scheduled deletion, cancelled or not, rotations and replicas with them", async () => {
    await using server = await testServer();
    const client = kms(server);
    await moveTo(server, "2031-01-01T00:30:00Z");
    const [leaving, staying, rotating] = [await make(client), await make(client), await make(client)];
    const shared = await make(client, { MultiRegion: true });
    await moveTo(server, "2031-01-11T00:30:00Z");
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: leaving, PendingWindowInDays: 7 }));
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: staying, PendingWindowInDays: 30 }));
    await client.send(new RotateKeyOnDemandCommand({ KeyId: rotating }));
    await client.send(new RotateKeyOnDemandCommand({ KeyId: shared }));
    await client.send(new ReplicateKeyCommand({ KeyId: shared, ReplicaRegion: "us-west-2" }));
    await moveTo(server, "2031-01-21T00:30:00Z");
    await client.send(new CancelKeyDeletionCommand({ KeyId: staying }));
    for (let turn = 0; turn < 3; turn++) await client.send(new RotateKeyOnDemandCommand({ KeyId: rotating }));
    await moveTo(server, "2031-02-02T00:30:00Z");
    const month = await costs(server, "--month", "2031-01");
    const replica = shared.replace("eu-west-1", "us-west-2");
    assertUsd(usdOf(month, leaving), 241 / hours, "ten days and the hour that had begun");
    assertUsd(usdOf(month, staying), 1, "as if its deletion had never been scheduled");
    assertUsd(usdOf(month, rotating), 1 + (hours - 240) / hours + (hours - 480) / hours, "the third rotation is free");
    assertUsd(usdOf(month, shared), 1 + (hours - 240) / hours);
    assertUsd(usdOf(month, replica), (2 * (hours - 240)) / hours, "a replica has the materials of its primary");
    const next = await costs(server, "--from", "2031-02-01", "--to", "2031-02-02");
    assert.deepEqual([usdOf(next, leaving), next.days.length], [0, 1]);
    assertUsd(usdOf(next, rotating), (3 * 24) / (28 * 24));
    assertUsd((await costs(server, "--month", "2031-02", "--by", "region")).rows[1]!.usd, (2 * 25) / (28 * 24));
    assert.equal((await costs(server, "--month", "2031-03")).total.usd, 0, "nothing is known of what is to come");
  });
});

describe("requests", () => {
  test("each at its price, paid by the calling account; refusals are free, dry runs are not", async () => {
    await using server = await testServer();
    const [owner, other] = [kms(server), kms(server, rootOf("111122223333"))];
    await moveTo(server, "2031-01-01T00:30:00Z");
    const key = await make(owner);
    const rsa = await make(owner, { KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" });
    const curve = await make(owner, { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
    const GranteePrincipal = "arn:aws:iam::111122223333:root";
    await owner.send(new CreateGrantCommand({ KeyId: key, GranteePrincipal, Operations: ["Encrypt"] }));
    const Message = Buffer.from("hello");
    await owner.send(new SignCommand({ KeyId: rsa, Message, SigningAlgorithm: "RSASSA_PSS_SHA_256" }));
    await owner.send(new SignCommand({ KeyId: curve, Message, SigningAlgorithm: "ECDSA_SHA_256" }));
    await owner.send(new GetPublicKeyCommand({ KeyId: curve }));
    await owner.send(new GenerateDataKeyPairCommand({ KeyId: key, KeyPairSpec: "ECC_NIST_P256" }));
    await owner.send(new GenerateDataKeyPairCommand({ KeyId: key, KeyPairSpec: "RSA_2048" }));
    await assert.rejects(owner.send(new EncryptCommand({ KeyId: key, Plaintext: Message, DryRun: true })));
    await assert.rejects(owner.send(new EncryptCommand({ KeyId: "alias/none", Plaintext: Message })));
    await assert.rejects(other.send(new DecryptCommand({ CiphertextBlob: Message })));
    await other.send(new EncryptCommand({ KeyId: key, Plaintext: Message }));
    await kms(server, undefined, "us-west-2").send(new ListKeysCommand({}));
    const cost = await costs(server, "--month", "2031-01", "--by", "operation");
    assert.deepEqual(Object.fromEntries(cost.rows.map(({ name, requests }) => [name, requests])), {
      "keeping keys": 0,
      CreateKey: 3,
      CreateGrant: 1,
      Sign: 2,
      GetPublicKey: 1,
      GenerateDataKeyPair: 2,
      Encrypt: 2,
      ListKeys: 1,
    });
    assertUsd(usdOf(cost, "Sign"), 0.03 / 1e4 + 0.15 / 1e4);
    assertUsd(usdOf(cost, "GetPublicKey"), 0.15 / 1e4);
    assertUsd(usdOf(cost, "GenerateDataKeyPair"), 0.1 / 1e4 + 12 / 1e4);
    assert.equal(usdOf(cost, "Encrypt"), 0, "within the free tier");
    const accounts = await costs(server, "--month", "2031-01", "--by", "account");
    assert.equal(accounts.rows.find(({ name }) => name === "111122223333")?.requests, 1);
    assert.equal((await costs(server, "--month", "2031-01")).rows.find(({ name }) => name === key)?.requests, 6);
  });

  test("20,000 a month are free, in the order of time and over all Regions; then each costs", async () => {
    await using server = await testServer();
    const call = { eventName: "Decrypt" };
    await written(server, 15_000, { ...call, eventTime: "2031-01-03T10:00:00Z" });
    await written(server, 10_000, { ...call, eventTime: "2031-01-04T10:00:00Z", awsRegion: "us-west-2" });
    await written(server, 4_000, { ...call, eventTime: "2031-01-05T10:00:00Z", awsRegion: "us-west-2" });
    await written(server, 1_000, { eventName: "DescribeKey", eventTime: "2031-01-05T10:59:59Z" });
    await written(server, 20_000, { ...call, eventTime: "2031-02-01T00:00:00Z" });
    const month = await costs(server, "--month", "2031-01", "--by", "region");
    assert.deepEqual([month.total.requests, month.total.free], [30_000, 20_000]);
    assertUsd(month.total.usd, 0.03);
    assertUsd(usdOf(month, "us-west-2"), (9_000 * 0.03) / 1e4);
    assert.deepEqual(
      month.days.filter(({ usd }) => usd > 0).map(({ day, usd }) => [day, Number(usd.toFixed(9))]),
      [
        ["2031-01-04", 0.015],
        ["2031-01-05", 0.015],
      ],
    );
    const late = await costs(server, "--from", "2031-01-05", "--to", "2031-02-02", "--by", "operation");
    assertUsd(usdOf(late, "DescribeKey"), (1_000 * 0.03) / 1e4);
    assertUsd(late.total.usd, 0.015, "what came before has used the free ones up; February has its own");
  });
});
