import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import fc from "fast-check";
import type { WireReply, WireRequest } from "./protocol.ts";
import { simpleRules } from "./validate.ts";
import { wireServices } from "./services.ts";
import { type Constraint, readTable, type ServiceTable, type TableType } from "./table.ts";

// The official SDK is the judge: what its clients encode must decode to the same values, and what this side answers
// must be read by them as what it was. The values are made from the tables, so every operation takes part.
const require = createRequire(import.meta.url);
const runs = 12;

/** For members with a pattern: the first that keeps every limit. */
const candidates = [
  "/",
  "a",
  "abcdefgh",
  "123456",
  "111122223333",
  "v1",
  "alias/a",
  "eu-west-1",
  "https://proxy.example.org",
  "/a/kms/xks/v1",
  "com.amazonaws.vpce.eu-west-1.vpce-svc-0123abcd",
  "cluster-abcdefghijk",
  "service.amazonaws.com",
  "arn:aws:iam::111122223333:role/a",
  "o-abcdefghijkl",
  "o-abcdefghijkl/r-abcd",
  "p-abcdefgh",
  "r-abcd",
  "0".repeat(64),
  "A".repeat(20),
  "A".repeat(64),
];

type Made = fc.Arbitrary<unknown>;

function valueOf(table: ServiceTable, type: TableType, limits: Constraint | undefined, depth: number): Made {
  const { min = 0, max = 1000 } = limits ?? {};
  if (type === "s") return textOf(limits);
  if (type === "n") return fc.integer({ min, max: Math.max(min, max) });
  if (type === "b") return fc.boolean();
  if (type === "t") return fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000));
  if (type === "B") return fc.uint8Array({ minLength: Math.max(min, 1), maxLength: Math.min(max, min + 40) });
  if (typeof type === "string") throw new Error(`type ${type} is not known`);
  if ("S" in type) return structureOf(table, type.S, depth);
  const size = { minLength: Math.max(min, 1), maxLength: Math.max(min, 3) };
  if ("L" in type) return fc.array(valueOf(table, type.L, limits?.each, depth), size);
  return fc.dictionary(textOf(limits?.key), valueOf(table, type.M, limits?.value, depth), { minKeys: 1, maxKeys: 3 });
}

function textOf(limits: Constraint | undefined): fc.Arbitrary<string> {
  const fits = (text: string) => simpleRules("s", limits).every((rule) => rule.holds(text));
  if (limits?.enum) return fc.constantFrom(...limits.enum);
  const { min = 0, max = 1000 } = limits ?? {};
  if (limits?.pattern !== undefined) {
    const fitting = candidates.filter(fits);
    assert.ok(fitting.length > 0, `no candidate fits ${JSON.stringify(limits)}`);
    return fc.constantFrom(...fitting);
  }
  const minLength = Math.max(min, 1);
  // Readers of XML may trim white space: that is theirs to do, so none stands there.
  return fc
    .string({ unit: "grapheme", minLength, maxLength: Math.min(max, minLength + 20) })
    .map((text) =>
      text
        .replaceAll(/[\s\0-\x1f\x7f-\x9f]/g, "_")
        .padEnd(minLength, "y")
        .slice(0, max)
        .toWellFormed(),
    )
    .filter((text) => fits(text) && text !== "__proto__");
}

function structureOf(table: ServiceTable, name: string, depth = 0): Made {
  const entries = Object.entries(table.structures[name] ?? {}).filter(([, { r }]) => r === 1 || depth < 4);
  const members = Object.fromEntries(entries.map(([member, { t, c }]) => [member, valueOf(table, t, c, depth + 1)]));
  const needed = entries.filter(([, { r }]) => r === 1 || depth > 0).map(([member]) => member);
  return fc.record(members, { requiredKeys: needed, noNullPrototype: true });
}

/** Both sides in one notation: times as milliseconds, bytes as hexadecimal, maps and absent members alike. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const held = Object.entries(value).filter(([name, inner]) => inner !== undefined && name !== "$metadata");
  return Object.fromEntries(held.map(([name, inner]) => [name, plain(inner)]));
}

/** What our handlers answer with: milliseconds and Buffers. */
function typed(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(typed);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, typed(inner)]));
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
}

const received = ({ method, path, headers, body }: Sent): WireRequest => ({
  method,
  target: path,
  headers: new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]])),
  body: typeof body === "string" ? Buffer.from(body) : Buffer.copyBytesFrom(body),
  remoteAddress: "",
  secure: false,
  requestId: "",
});

type Command = new (input: unknown) => object;
type Client = new (settings: object) => { send(command: object): Promise<object>; destroy(): void };

/** A client of the SDK that speaks to `answer` instead of a network. */
function clientOf(service: string, answer: (request: WireRequest) => WireReply) {
  const exported = require(`@aws-sdk/client-${service}`) as Record<string, unknown>;
  const ServiceClient = exported[`${service.toUpperCase()}Client`] as Client;
  const requestHandler = {
    handle: async (sent: Sent) => {
      const { status, headers, body } = answer(received(sent));
      return { response: { statusCode: status, headers, body: Buffer.from(body as string) } };
    },
  };
  const credentials = { accessKeyId: "a", secretAccessKey: "b" };
  const client = new ServiceClient({ region: "us-east-1", credentials, requestHandler, maxAttempts: 1 });
  const send = (operation: string, input: unknown) =>
    client.send(new (exported[`${operation}Command`] as Command)(input));
  return { send, destroy: () => client.destroy() };
}

for (const name of ["kms", "sts", "iam"])
  test(`every operation of ${name} agrees with the SDK, there and back`, async () => {
    const table = readTable(name);
    const service = wireServices.get(name)!;
    let [decoded, output]: unknown[] = [];
    const client = clientOf(name, (request) => {
      const operation = service.operations.get(service.operationOf(request))!;
      decoded = operation.decode(request);
      return operation.encode(typed(output) as Record<string, unknown>, "id");
    });
    let compared = 0;
    for (const [operation, { i, o }] of Object.entries(table.operations)) {
      const inputs = i === undefined ? fc.constant({}) : structureOf(table, i);
      const outputs = o === undefined ? fc.constant({}) : structureOf(table, o);
      const both = fc.asyncProperty(inputs, outputs, async (input, answered) => {
        output = answered;
        const read = await client.send(operation, input);
        assert.deepEqual(plain(decoded), plain(input), `${operation} there`);
        assert.deepEqual(plain(read), plain(answered), `${operation} back`);
        compared += 1;
      });
      await fc.assert(both, { numRuns: runs, seed: 1 });
    }
    client.destroy();
    assert.equal(compared, Object.keys(table.operations).length * runs);
  });

test("the SDK reads our errors: name, message, status", async () => {
  for (const [service, operation, code, status, shown] of [
    ["kms", "ListKeys", "NotFoundException", 400, "NotFoundException"],
    ["kms", "ListKeys", "AccessDeniedException", 400, "AccessDeniedException"],
    ["iam", "ListUsers", "NoSuchEntityException", 400, "NoSuchEntityException"],
    // A session's end, and a web identity's.
    ["sts", "GetCallerIdentity", "ExpiredTokenException", 403, "ExpiredToken"],
    ["sts", "AssumeRoleWithWebIdentity", "ExpiredTokenException", 400, "ExpiredTokenException"],
  ] as const) {
    const wire = wireServices.get(service)!;
    const client = clientOf(service, () => wire.encodeError({ code, message: "a < b", status }, "id"));
    await assert.rejects(client.send(operation, {}), { name: shown, message: "a < b" });
    client.destroy();
  }
});
