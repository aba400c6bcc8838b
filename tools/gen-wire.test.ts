import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { services } from "./gen-wire/limits.ts";
import { expressionOf, nestedQuantifiers } from "./gen-wire/patterns.ts";
import { readClient } from "./gen-wire/schemas.ts";

const generated = (service: string) =>
  JSON.parse(readFileSync(new URL(`../src/wire/gen/${service}.json`, import.meta.url), "utf8")) as {
    operations: object;
    structures: Record<string, Record<string, { r?: 1; c?: { enum?: string[] } }>>;
  };

test("generated files unchanged: the pinned SDK and the committed limits give what is committed", () => {
  const tool = new URL("gen-wire.ts", import.meta.url).pathname;
  const { status, stderr } = spawnSync(process.execPath, [tool, "--check"], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

test("every operation of every client is in its table", () => {
  for (const { name, client, only } of services) {
    const operations = [...readClient(client, only).operations.keys()];
    assert.equal(operations.length, only?.length ?? operations.length);
    assert.ok(operations.length >= 6, `${name} has ${operations.length}`);
    assert.deepEqual(Object.keys(generated(name).operations), operations.toSorted());
  }
});

test("an enumeration has the values of the client that is newer than the limits", () => {
  const { structures } = generated("kms");
  assert.ok(structures.CreateKeyRequest!.KeySpec!.c!.enum!.includes("ML_KEM_768"));
  assert.ok(structures.CreateKeyRequest!.KeyUsage!.c!.enum!.includes("ENCAPSULATE_DECAPSULATE"));
  assert.equal(structures.EncapsulateRequest!.KeyId!.r, 1);
});

test("a pattern that repeats a repetition is found, whatever hides it", () => {
  for (const pattern of ["(a+)+", "(?:-?[a-z]+)*", "((a*)b?){2,}", "(x(y+))*", "([)]+)*"])
    assert.ok(nestedQuantifiers(pattern), pattern);
  for (const pattern of ["[a+]*", "\\(a+\\)+", "(ab)+c*", "(a{3})+", "(a?b)*", "[\\]+]*"])
    assert.ok(!nestedQuantifiers(pattern), pattern);
  assert.throws(() => expressionOf("(a+)+"), /review it/);
});

test("a reviewed pattern is replaced by its linear equal, and \\s stays ASCII", () => {
  assert.equal(expressionOf("[a-zA-Z](?:-?[a-zA-Z0-9]+)*"), "[a-zA-Z](?:-?[a-zA-Z0-9])*");
  assert.ok(!new RegExp(`^${expressionOf("[a\\s]+")}$`).test("a\u2003"));
  assert.equal(expressionOf("[\\w]+"), undefined);
});
