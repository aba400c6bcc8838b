import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { testServer, type TestServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { type Ask, asRoot, type Input, type Kind, makeKey } from "./sample-calls.ts";

/** Limits that the service has beside those of its model: a call at each of them, and one beyond it. */

const grantee = "000000000000";
const tags = (count: number, prefix = "t"): Input[] =>
  Array.from({ length: count }, (_, index) => ({ TagKey: `${prefix}${index}`, TagValue: "" }));
const pairs = (count: number, length = 1): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v".repeat(length)]));
const constrained = (EncryptionContextEquals: Record<string, string>): Input => ({
  GranteePrincipal: grantee,
  Operations: ["Encrypt"],
  Constraints: { EncryptionContextEquals },
});
const policy = (bytes: number): Input => {
  const delegation = { Effect: "Allow", Principal: { AWS: grantee }, Action: "kms:*", Resource: "*" };
  const text = JSON.stringify({ Version: "2012-10-17", Statement: [{ Sid: "SID", ...delegation }] });
  return { Policy: text + " ".repeat(bytes - text.length) };
};
const message = (length: number, type = "DIGEST"): Input => ({
  Message: Buffer.alloc(length, 1),
  MessageType: type,
  SigningAlgorithm: "ECDSA_SHA_256",
});

type Row = readonly [
  operation: string,
  kind: Kind,
  at: readonly Input[],
  beyond: readonly Input[],
  error: string,
  text?: RegExp,
];

const spec = { KeySpec: "AES_256" };
const validation = "ValidationException";
const rows: readonly Row[] = [
  [
    "ScheduleKeyDeletion",
    "symmetric",
    [{ PendingWindowInDays: 7 }, { PendingWindowInDays: 30 }, {}],
    [{ PendingWindowInDays: 6 }, { PendingWindowInDays: 31 }, { PendingWindowInDays: 365 }],
    validation,
    /PendingWindowInDays must be between 7 and 30/,
  ],
  ["GenerateDataKey", "symmetric", [spec, { NumberOfBytes: 1024 }], [{}, { ...spec, NumberOfBytes: 32 }], validation],
  ["GenerateDataKeyWithoutPlaintext", "symmetric", [spec], [{}, { ...spec, NumberOfBytes: 32 }], validation],
  ["TagResource", "symmetric", [{ Tags: tags(50) }], [{ Tags: tags(51) }], "TagException", /^Too many tags$/],
  [
    "TagResource",
    "symmetric",
    [{ Tags: [...tags(1, "a"), ...tags(1, "A")] }],
    [{ Tags: [...tags(1), ...tags(1)] }],
    "TagException",
    /^Duplicate tag keys$/,
  ],
  [
    "TagResource",
    "symmetric",
    [{ Tags: tags(1, "awsome:") }],
    [{ Tags: tags(1, "aws:") }, { Tags: tags(1, "AWS:") }],
    "TagException",
    /^Tags beginning with aws: are reserved$/,
  ],
  ["PutKeyPolicy", "symmetric", [policy(32_768)], [policy(32_769), policy(131_072)], "LimitExceededException"],
  [
    "PutKeyPolicy",
    "symmetric",
    [{ ...policy(300), PolicyName: "default" }],
    [{ ...policy(300), PolicyName: "x" }],
    "NotFoundException",
  ],
  ["GetKeyPolicy", "symmetric", [{ PolicyName: "default" }], [{ PolicyName: "other" }], "NotFoundException"],
  [
    "CreateGrant",
    "symmetric",
    [constrained(pairs(8)), constrained(pairs(1, 384))],
    [constrained(pairs(9)), constrained(pairs(1, 385))],
    validation,
  ],
  [
    "CreateGrant",
    "symmetric",
    [{ GranteePrincipal: grantee, Operations: ["Encrypt"] }],
    [
      { Operations: ["Encrypt"] },
      { GranteePrincipal: grantee, Operations: [] },
      { GranteePrincipal: grantee, Operations: ["Sign"] },
      { GranteePrincipal: grantee, GranteeServicePrincipal: "ec2.amazonaws.com", Operations: ["Encrypt"] },
    ],
    validation,
  ],
  [
    "Sign",
    "signing",
    [message(32), message(1, "RAW"), message(4096, "RAW")],
    [message(31), message(33)],
    validation,
    /^Digest is invalid length for algorithm ECDSA_SHA_256\.$/,
  ],
  ["Sign", "signing", [message(32)], [message(64, "EXTERNAL_MU")], validation],
  ["Encrypt", "symmetric", [{ Plaintext: Buffer.alloc(4096) }], [{ Plaintext: Buffer.alloc(4097) }], validation],
  [
    "ReplicateKey",
    "related",
    [{ ReplicaRegion: "us-east-1" }],
    [{ ReplicaRegion: "eu-west-1" }],
    "AlreadyExistsException",
  ],
  [
    "ReplicateKey",
    "related",
    [{ ReplicaRegion: "us-east-1" }],
    [{ ReplicaRegion: "cn-north-1" }],
    "UnsupportedOperationException",
  ],
];

describe("limits of the service", () => {
  let server: TestServer;
  let ask: Ask;
  before(async () => {
    server = await testServer();
    ask = asRoot(server);
  });
  after(() => server.close());

  for (const [index, [operation, kind, at, beyond, error, text]] of rows.entries())
    test(`${operation} (${index}): ${error} beyond`, async () => {
      for (const input of at) await ask(operation, { KeyId: await makeKey(kind, ask), ...input });
      for (const input of beyond)
        await assert.rejects(ask(operation, { KeyId: await makeKey(kind, ask), ...input }), refused(error, text));
    });

  test("a key has 50 tags and 50 aliases, however it came by them", async () => {
    const KeyId = await makeKey("symmetric", ask);
    await ask("TagResource", { KeyId, Tags: tags(30) });
    await assert.rejects(
      ask("TagResource", { KeyId, Tags: tags(21, "u") }),
      refused("TagException", /^Too many tags$/),
    );
    await ask("TagResource", { KeyId, Tags: tags(20, "u") });
    await ask("TagResource", { KeyId, Tags: tags(30) });
    const alias = (index: number) => ask("CreateAlias", { AliasName: `alias/limit-${index}`, TargetKeyId: KeyId });
    for (let index = 0; index < 50; index += 1) await alias(index);
    await assert.rejects(alias(50), refused("LimitExceededException"));
    await ask("DeleteAlias", { AliasName: "alias/limit-0" });
    await alias(50);
  });

  test("names of aliases", async () => {
    const TargetKeyId = await makeKey("symmetric", ask);
    const create = (AliasName: string) => ask("CreateAlias", { AliasName, TargetKeyId });
    for (const name of ["alias/a", `alias/${"a".repeat(250)}`, "alias/a/b_c-D0", "alias/awsome"]) await create(name);
    await assert.rejects(create("alias/a"), refused("AlreadyExistsException", /alias\/a already exists$/));
    for (const name of ["noprefix", "alias", "Alias/x"])
      await assert.rejects(create(name), refused(validation, /^Alias must start with the prefix "alias\/"\./));
    await assert.rejects(create("alias/"));
    await assert.rejects(create("alias/aws/x"), refused("NotAuthorizedException"));
  });
});
