import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AwsError } from "../errors.ts";
import type { WireRequest, WireService } from "./protocol.ts";
import { wireServices } from "./services.ts";
import { readTable } from "./table.ts";

// Whatever arrives: a typed input or an AwsError whose answer can be written, never anything else.
const services = ["kms", "sts", "iam"].map((name) => ({ service: wireServices.get(name)!, table: readTable(name) }));

function survives(service: WireService, operation: string, body: Buffer): void {
  const request: WireRequest = {
    method: "POST",
    target: "/",
    headers: new Map([["x-amz-target", [`x.${operation}`]]]),
    body,
    remoteAddress: "",
    secure: false,
    requestId: "",
  };
  for (const attempt of [() => service.operationOf(request), () => service.operations.get(operation)!.decode(request)])
    try {
      attempt();
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      assert.ok(error.message.length < 65_536);
      assert.ok(Buffer.byteLength(service.encodeError(error, "id").body) < 131_072);
    }
}

const members = (name: string) =>
  services.flatMap(({ service, table }) =>
    service.name === name ? Object.values(table.structures).flatMap((structure) => Object.keys(structure)) : [],
  );
const hostileNames = ["__proto__", "constructor", "toString", "member", "entry", "key", "value", "1", "0", "-1", ""];

test("JSON of any kind in any member of any operation", () => {
  const { service } = services[0]!;
  const names = fc.constantFrom(...new Set([...members("kms"), ...hostileNames]));
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.base64String()),
    tree: fc.oneof(
      { maxDepth: 5 },
      tie("leaf"),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(names, tie("tree"), { maxKeys: 6 }),
    ),
  }));
  const operations = fc.constantFrom(...service.operations.keys());
  const property = fc.property(operations, fc.dictionary(names, tree, { maxKeys: 12 }), (operation, content) =>
    survives(service, operation, Buffer.from(JSON.stringify(content))),
  );
  fc.assert(property, { numRuns: 2000 });
});

test("forms of any kind for any operation", () => {
  for (const { service } of services.slice(1)) {
    const parts = fc.constantFrom(...new Set([...members(service.name), ...hostileNames]));
    const pair = fc.tuple(fc.array(parts, { minLength: 1, maxLength: 6 }), fc.string({ unit: "binary" }));
    const form = fc.array(pair, { maxLength: 12 }).map((pairs) => {
      const written = pairs.map(([path, value]) => `${path.join(".")}=${encodeURIComponent(value.toWellFormed())}`);
      return Buffer.from(written.join("&"));
    });
    const operations = fc.constantFrom(...service.operations.keys());
    fc.assert(
      fc.property(operations, form, (operation, body) => survives(service, operation, body)),
      { numRuns: 1000 },
    );
  }
});

test("bytes of any kind", () => {
  for (const { service } of services) {
    const operations = fc.constantFrom(...service.operations.keys());
    const bytes = fc.uint8Array({ maxLength: 200 });
    const property = fc.property(operations, bytes, (operation, body) =>
      survives(service, operation, Buffer.from(body)),
    );
    fc.assert(property, { numRuns: 500 });
  }
});
