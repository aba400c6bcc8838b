import assert from "node:assert/strict";
import { Agent } from "node:http";
import { after, describe, test } from "node:test";
import { kmsOperations } from "../src/services/kms/operations.ts";
import { readTable } from "../src/wire/table.ts";
import { root, testServer } from "./kit.ts";
import { triesOf } from "./limit-tries.ts";
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
