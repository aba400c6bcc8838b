import assert from "node:assert/strict";
import { Agent } from "node:http";
import { after, describe, test } from "node:test";
import { kmsOperations } from "../src/services/kms/operations.ts";
import { readTable, type TableMember, type TableType } from "../src/wire/table.ts";
import { type Try, triesOf } from "./limit-tries.ts";
import { root, testServer } from "./kit.ts";
import { kmsCall, send } from "./wire-kit.ts";

/** What stands inside lists and structures, at and beyond its limits; how many may stand in a list; wrong types. */

const server = await testServer();
const agent = new Agent({ keepAlive: true });
after(async () => {
  agent.destroy();
  await server.close();
});

const table = readTable("kms");
const wireName = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
const asked = (operation: string, input: object) =>
  send(server, kmsCall(server, operation, input, { credentials: root }), agent);

interface NestedTry extends Try {
  /** As AWS writes it: `tags.1.member.tagKey`. */
  readonly place: string;
  /** Of a list of anything else the list is named, and the sentence stands in brackets. */
  readonly within?: string;
}

/** The members of a structure one after the other, each with the rest left out. */
function inStructure(name: string, place: string): NestedTry[] {
  return Object.entries(table.structures[name] ?? {}).flatMap(([member, { t, c, r }]) => {
    const within = `${place}.${wireName(member)}`;
    const missing: NestedTry[] = r ? [{ place: within, value: {}, sentence: "Member must not be null" }] : [];
    const tries = triesOf(t, c ?? {}).map((one) => ({ ...one, place: within, value: { [member]: one.value } }));
    return [...missing, ...tries];
  });
}

/** Undefined members hold nothing. */
function nested({ t: type, c: limits = {} }: TableMember, place: string): NestedTry[] {
  if (typeof type === "string") return [];
  if ("S" in type) return inStructure(type.S, place);
  if (!("L" in type)) return [];
  const item = type.L;
  const first = `${place}.1.member`;
  const each: NestedTry[] =
    typeof item === "object" && "S" in item
      ? inStructure(item.S, first)
      : triesOf(item, limits.each ?? {}).map((one) => ({ ...one, place, within: "Member must satisfy constraint: [" }));
  const lists = each.map((one) => ({ ...one, value: [one.value] }));
  const { max } = limits;
  if (max === undefined) return lists;
  const many = (count: number): unknown[] => Array.from({ length: count }, () => "a");
  const sentence = `Member must have length less than or equal to ${max}`;
  return [...lists, { place, value: many(max) }, { place, value: many(max + 1), sentence }];
}

/** A value of another type than the member's: never more than a refusal. */
const foreign = (type: TableType): readonly unknown[] => {
  const all: readonly unknown[] = ["text", 1, true, [], [[]], {}, { a: { b: 1 } }, [null], "\ud800", 1e308, -0.5];
  const fits = (value: unknown): boolean => {
    if (type === "s" || type === "B") return typeof value === "string";
    if (type === "b") return typeof value === "boolean";
    if (typeof type === "string") return typeof value === "number";
    if ("L" in type) return Array.isArray(value) && value.length === 0;
    return typeof value === "object" && !Array.isArray(value) && Object.keys(value ?? {}).length === 0;
  };
  return all.filter((value) => !fits(value));
};

let tried = 0;

for (const name of kmsOperations.keys()) {
  const members = Object.entries(table.structures[table.operations[name]!.i ?? ""] ?? {});
  if (members.length === 0) continue;
  describe(name, () => {
    for (const [member, entry] of members) {
      for (const { value, sentence, place, within } of nested(entry, wireName(member))) {
        tried += 1;
        test(`${place}: ${sentence ?? "at its limit"}`, async () => {
          const { message } = await asked(name, { [member]: value });
          const said = `at '${place}' failed to satisfy constraint: `;
          if (sentence === undefined) assert.ok(!message.includes(said), message);
          else if (within === undefined) assert.ok(message.includes(`${said}${sentence}`), message);
          else assert.ok(message.includes(`${said}${within}`) && message.includes(sentence), message);
        });
      }
      test(`${member} of another type`, async () => {
        for (const value of foreign(entry.t)) {
          const { status, code } = await asked(name, { [member]: value });
          assert.equal(status, 400, JSON.stringify(value));
          assert.match(code, /^(SerializationException|ValidationException)$/, JSON.stringify(value));
        }
      });
    }
  });
}

test("there were limits to try", () => assert.ok(tried > 80, String(tried)));
