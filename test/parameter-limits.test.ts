import assert from "node:assert/strict";
import { Agent } from "node:http";
import { after, describe, test } from "node:test";
import { kmsOperations } from "../src/services/kms/operations.ts";
import { type Constraint, readTable } from "../src/wire/table.ts";
import { simpleRules } from "../src/wire/validate.ts";
import { root, testServer } from "./kit.ts";
import { kmsCall, send } from "./wire-kit.ts";

/** Every operation unsigned, and with each parameter at and beyond its limits, as the wire table has them. */

const server = await testServer();
const agent = new Agent({ keepAlive: true });
after(async () => {
  agent.destroy();
  await server.close();
});

const table = readTable("kms");
const wireName = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
const said = async (operation: string, input: object): Promise<string> =>
  (await send(server, kmsCall(server, operation, input, { credentials: root }), agent)).message;

interface Try {
  readonly value: unknown;
  /** What is wrong with it; undefined for a value at the limit. */
  readonly sentence?: string;
}

const length = (what: string, limit: number): string => `Member must have length ${what} than or equal to ${limit}`;

/** Values at and beyond the limits of one member; a text that its pattern would refuse anyway is not tried. */
function triesOf(type: unknown, limits: Constraint): Try[] {
  const { min, max } = limits;
  const tries: Try[] = [];
  if (type === "n") {
    if (min !== undefined)
      tries.push(
        { value: min },
        { value: min - 1, sentence: `Member must have value greater than or equal to ${min}` },
      );
    if (max !== undefined)
      tries.push({ value: max }, { value: max + 1, sentence: `Member must have value less than or equal to ${max}` });
    return tries;
  }
  if (type !== "s" && type !== "B") return tries;
  const sized = (size: number): string => (type === "B" ? Buffer.alloc(size, 97).toString("base64") : "a".repeat(size));
  if (limits.enum)
    return [
      { value: limits.enum[0] },
      { value: "NO_SUCH", sentence: `Member must satisfy enum value set: [${limits.enum.join(", ")}]` },
    ];
  if (max !== undefined) tries.push({ value: sized(max) }, { value: sized(max + 1), sentence: length("less", max) });
  if (min !== undefined && min > 0)
    tries.push({ value: sized(min) }, { value: sized(min - 1), sentence: length("greater", min) });
  const fits = (value: unknown): boolean => type === "B" || simpleRules("s", limits).every((rule) => rule.holds(value));
  const kept = tries.filter(({ value, sentence }) => sentence !== undefined || fits(value));
  if (limits.pattern !== undefined)
    kept.push({
      value: "\u{1F511}\u{1F511}\u{1F511}\u{1F511}\u{1F511}",
      sentence: `Member must satisfy regular expression pattern: ${limits.pattern}`,
    });
  return kept;
}

let tried = 0;

for (const name of kmsOperations.keys()) {
  const members = table.structures[table.operations[name]!.i ?? ""] ?? {};
  describe(name, () => {
    test("is not for those who do not sign", async () => {
      const { headers, ...call } = kmsCall(server, name, {}, { credentials: root });
      const unsigned = headers.filter(([header]) => !/^(authorization|x-amz-date|x-amz-security-token)$/i.test(header));
      const { status, code } = await send(server, { ...call, headers: unsigned }, agent);
      assert.deepEqual([status, code], [400, "MissingAuthenticationTokenException"]);
    });

    for (const [member, { t: type, c: limits, r: required, x: secret }] of Object.entries(members)) {
      const place = `at '${wireName(member)}' failed to satisfy constraint: `;
      if (required)
        test(`${member} must be there`, async () => {
          assert.ok((await said(name, {})).includes(`Value null ${place}Member must not be null`));
        });
      for (const { value, sentence } of triesOf(type, limits ?? {})) {
        tried += 1;
        test(`${member}: ${sentence ?? "at its limit"}`, async () => {
          const message = await said(name, { [member]: value });
          if (sentence === undefined) assert.ok(!message.includes(place), message);
          else assert.ok(message.includes(`${place}${sentence}`), message);
          if (secret) assert.ok(!message.includes(String(value)) || value === "", "a secret value is not echoed");
        });
      }
    }
  });
}

test("there were limits to try", () => assert.ok(tried > 200, String(tried)));
