import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import {
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetParametersForImportCommand,
  type KMSClient,
  PutKeyPolicyCommand,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
  UpdatePrimaryRegionCommand,
} from "@aws-sdk/client-kms";
import { advance } from "./clock.ts";
import { bring, newImportedKey, parcel } from "./imported-material.ts";
import { kms, type TestServer, testServer } from "./kit.ts";
import { ireland, newMultiRegionKey, ohio, settled } from "./multi-region-key.ts";
import { account, addUser, type Person } from "./principals.ts";
import { refused } from "./refused.ts";

const day = 86_400_000;
type Condition = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** One operation as alice calls it, a condition that her call meets and one that it does not. */
interface Tried {
  readonly operation: string;
  readonly kind?: "multi-Region" | "imported";
  readonly met: (now: number) => Condition;
  readonly unmet: (now: number) => Condition;
  readonly call: (alice: KMSClient, KeyId: string, admin: KMSClient, now: number) => Promise<unknown>;
}

const equal = (key: string, value: string) => () => ({ StringEquals: { [key]: value } });
const parameters = (alice: KMSClient, KeyId: string) =>
  alice.send(
    new GetParametersForImportCommand({ KeyId, WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048" }),
  );
const importing: Tried["call"] = async (alice, KeyId, admin, now) =>
  bring(alice, KeyId, await parcel(admin, KeyId, randomBytes(32)), {
    ExpirationModel: "KEY_MATERIAL_EXPIRES",
    ValidTo: new Date(now + 10 * day),
  });
const seconds = (at: number): string => String(Math.floor(at / 1000));

const tried: readonly Tried[] = [
  {
    operation: "EnableKeyRotation",
    met: () => ({ NumericEquals: { "kms:RotationPeriodInDays": "180" } }),
    unmet: () => ({ NumericLessThan: { "kms:RotationPeriodInDays": "180" } }),
    call: (alice, KeyId) => alice.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 180 })),
  },
  {
    operation: "GetParametersForImport",
    kind: "imported",
    met: equal("kms:WrappingAlgorithm", "RSAES_OAEP_SHA_256"),
    unmet: equal("kms:WrappingAlgorithm", "RSAES_OAEP_SHA_1"),
    call: parameters,
  },
  {
    operation: "GetParametersForImport",
    kind: "imported",
    met: equal("kms:WrappingKeySpec", "RSA_2048"),
    unmet: equal("kms:WrappingKeySpec", "RSA_4096"),
    call: parameters,
  },
  {
    operation: "ImportKeyMaterial",
    kind: "imported",
    met: equal("kms:ExpirationModel", "KEY_MATERIAL_EXPIRES"),
    unmet: equal("kms:ExpirationModel", "KEY_MATERIAL_DOES_NOT_EXPIRE"),
    call: importing,
  },
  {
    operation: "ImportKeyMaterial",
    kind: "imported",
    met: (now) => ({ NumericLessThan: { "kms:ValidTo": seconds(now + 11 * day) } }),
    unmet: (now) => ({ DateLessThan: { "kms:ValidTo": new Date(now + 9 * day).toISOString() } }),
    call: importing,
  },
  {
    operation: "ReplicateKey",
    kind: "multi-Region",
    met: equal("kms:ReplicaRegion", ohio),
    unmet: equal("kms:ReplicaRegion", ireland),
    call: (alice, KeyId) => alice.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: ohio })),
  },
  {
    operation: "DescribeKey",
    kind: "multi-Region",
    met: () => ({ Bool: { "kms:MultiRegion": "true" } }),
    unmet: () => ({ Bool: { "kms:MultiRegion": "false" } }),
    call: (alice, KeyId) => alice.send(new DescribeKeyCommand({ KeyId })),
  },
  {
    operation: "DescribeKey",
    kind: "multi-Region",
    met: equal("kms:MultiRegionKeyType", "PRIMARY"),
    unmet: equal("kms:MultiRegionKeyType", "REPLICA"),
    call: (alice, KeyId) => alice.send(new DescribeKeyCommand({ KeyId })),
  },
];

const policy = (arn: string, operation: string, condition: Condition): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "kms:*", Resource: "*" },
      { Effect: "Allow", Principal: { AWS: arn }, Action: `kms:${operation}`, Resource: "*", Condition: condition },
    ],
  });

describe("conditions on what becomes of keys", () => {
  let server: TestServer;
  let alice: Person;
  before(async () => {
    server = await testServer();
    alice = await addUser(server, "alice", ["kms:CreateKey"]);
  });
  after(() => server.close());

  const allow = (KeyId: string, operation: string, condition: Condition, region = ireland) =>
    kms(server, undefined, region).send(
      new PutKeyPolicyCommand({ KeyId, Policy: policy(alice.arn, operation, condition) }),
    );
  const keyOf = async (kind: Tried["kind"]) =>
    kind === "imported" ? newImportedKey(kms(server)) : newMultiRegionKey(server, []);

  for (const { operation, kind, met, unmet, call } of tried)
    test(`${operation}: ${Object.keys(Object.values(met(0))[0]!)[0]} allows and denies`, async () => {
      const now = server.house.clocks.domain();
      const KeyId = await keyOf(kind);
      const asked = () => call(kms(server, alice.credentials), KeyId, kms(server), now);
      await allow(KeyId, operation, unmet(now));
      await assert.rejects(asked(), refused("AccessDeniedException"));
      await allow(KeyId, operation, met(now));
      await asked();
    });

  test("UpdatePrimaryRegion: both keys must allow it, for the Region that is to be primary", async () => {
    const KeyId = await newMultiRegionKey(server, [ohio]);
    const move = () =>
      kms(server, alice.credentials).send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: ohio }));
    const toOhio = { StringEquals: { "kms:PrimaryRegion": ohio } };
    await allow(KeyId, "UpdatePrimaryRegion", toOhio);
    await assert.rejects(move(), refused("AccessDeniedException"));
    await allow(KeyId, "UpdatePrimaryRegion", { StringEquals: { "kms:PrimaryRegion": ireland } }, ohio);
    await assert.rejects(move(), refused("AccessDeniedException"));
    await allow(KeyId, "UpdatePrimaryRegion", { StringEquals: { "aws:RequestedRegion": ohio } }, ohio);
    await move();
    await settled(server, ohio, KeyId);
  });

  test("ReplicateKey: kms:CreateKey is asked in the replica's Region, kms:TagResource with tags", async () => {
    const KeyId = await newMultiRegionKey(server, []);
    const bob = await addUser(server, "bob");
    await kms(server).send(new PutKeyPolicyCommand({ KeyId, Policy: policy(bob.arn, "ReplicateKey", {}) }));
    const replicate = (who: Person, more: object = {}) =>
      kms(server, who.credentials).send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: ohio, ...more }));
    await assert.rejects(replicate(bob), refused("AccessDeniedException", /kms:CreateKey/));
    await allow(KeyId, "ReplicateKey", {});
    const tagged = replicate(alice, { Tags: [{ TagKey: "a", TagValue: "b" }] });
    await assert.rejects(tagged, refused("AccessDeniedException", /kms:TagResource/));
    await replicate(alice);
  });

  test("DisableKey and ScheduleKeyDeletion: kms:TrailingDaysWithoutKeyUsage counts the days since the last use", async () => {
    const KeyId = await newMultiRegionKey(server, []);
    const unused = { NumericGreaterThanEquals: { "kms:TrailingDaysWithoutKeyUsage": "10" } };
    const client = kms(server, alice.credentials);
    await allow(KeyId, "DisableKey", unused);
    await advance(server, 9 * day);
    await assert.rejects(client.send(new DisableKeyCommand({ KeyId })), refused("AccessDeniedException"));
    await kms(server).send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
    await advance(server, 9 * day);
    await assert.rejects(client.send(new DisableKeyCommand({ KeyId })), refused("AccessDeniedException"));
    await advance(server, day);
    await client.send(new DisableKeyCommand({ KeyId }));
    await allow(KeyId, "ScheduleKeyDeletion", unused);
    await client.send(new ScheduleKeyDeletionCommand({ KeyId }));
  });
});
