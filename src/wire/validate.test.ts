import assert from "node:assert/strict";
import { test } from "node:test";
import type { WireRequest } from "./protocol.ts";
import { wireServices } from "./services.ts";

const body = (content: unknown): WireRequest => ({
  method: "POST",
  target: "/",
  headers: new Map(),
  body: Buffer.from(JSON.stringify(content)),
  remoteAddress: "",
  secure: false,
  requestId: "",
});

const refused = (operation: string, input: unknown, sentence: string) =>
  assert.throws(() => wireServices.get("kms")!.operations.get(operation)!.decode(body(input)), {
    code: "ValidationException",
    message: sentence,
  });
const one = (rest: string) => `1 validation error detected: ${rest}`;

test("a number out of range, with its value", () => {
  refused(
    "GenerateDataKey",
    { KeyId: "k", NumberOfBytes: 0 },
    one("Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1"),
  );
});

test("a sensitive member that is too long, without its value", () => {
  refused(
    "Encrypt",
    { KeyId: "k", Plaintext: Buffer.alloc(4097).toString("base64") },
    one("Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096"),
  );
});

test("a member that is missing, or null", () => {
  const sentence = one("Value null at 'keyId' failed to satisfy constraint: Member must not be null");
  refused("DescribeKey", {}, sentence);
  refused("DescribeKey", { KeyId: null }, sentence);
});

test("several errors are counted and joined", () => {
  refused(
    "TagResource",
    { KeyId: "", Tags: [{ TagKey: "a", TagValue: "b" }, { TagKey: "" }] },
    "3 validation errors detected: " +
      "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
      "Value '' at 'tags.2.member.tagKey' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
      "Value null at 'tags.2.member.tagValue' failed to satisfy constraint: Member must not be null",
  );
});

test("an enumeration and a pattern", () => {
  refused(
    "GenerateDataKey",
    { KeyId: "k", KeySpec: "AES_512" },
    one(
      "Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]",
    ),
  );
  refused(
    "CreateAlias",
    { AliasName: "alias/ä", TargetKeyId: "k" },
    one(
      "Value 'alias/ä' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
    ),
  );
});

test("a list of simple values is named as a whole, its elements' limits in brackets", () => {
  refused(
    "DescribeKey",
    { KeyId: "k", GrantTokens: ["a", ""] },
    one(
      "Value '[a, ]' at 'grantTokens' failed to satisfy constraint: Member must satisfy constraint: " +
        "[Member must have length less than or equal to 8192, Member must have length greater than or equal to 1]",
    ),
  );
  refused(
    "DescribeKey",
    { KeyId: "k", GrantTokens: Array.from({ length: 11 }, () => "t") },
    one(
      "Value '[t, t, t, t, t, t, t, t, t, t, t]' at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10",
    ),
  );
});

test("a blob that is too long is shown as AWS shows it", () => {
  refused(
    "Decrypt",
    { CiphertextBlob: Buffer.alloc(6145).toString("base64") },
    one(
      "Value 'java.nio.HeapByteBuffer[pos=0 lim=6145 cap=6145]' at 'ciphertextBlob' failed to satisfy constraint: Member must have length less than or equal to 6144",
    ),
  );
});

test("thousands of errors and long values make a short answer with the right count", () => {
  const Tags = Array.from({ length: 5000 }, () => ({ TagKey: "" }));
  assert.throws(
    () =>
      wireServices
        .get("kms")!
        .operations.get("TagResource")!
        .decode(body({ KeyId: "k".repeat(100_000), Tags })),
    (error: Error) => error.message.startsWith("10001 validation errors detected: ") && error.message.length < 8192,
  );
});
