import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { advance } from "./clock.ts";
import { notes, states, table } from "./key-states-table.ts";
import { testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { asRoot, makeKey, samples } from "./sample-calls.ts";

type Modelled = "Enabled" | "Disabled" | "PendingDeletion" | "gone";

/** What leads from one state to another; every other operation leaves the state as it is. */
const turns: Readonly<Record<string, Modelled>> = {
  EnableKey: "Enabled",
  DisableKey: "Disabled",
  ScheduleKeyDeletion: "PendingDeletion",
  CancelKeyDeletion: "Disabled",
};

const day = 86_400_000;
const operations = [
  ...Object.keys(turns),
  "Encrypt",
  "GenerateDataKey",
  "TagResource",
  "CreateGrant",
  "DescribeKey",
  "EnableKeyRotation",
  "PutKeyPolicy",
  "ListGrants",
  "RotateKeyOnDemand",
  "GetKeyRotationStatus",
  "UpdateKeyDescription",
  "wait",
];

/** Operations whose input must be made while the key is enabled are not among these: theirs is made before each run. */
test("any sequence of operations says in each state what the table says", async () => {
  await using server = await testServer();
  const ask = asRoot(server);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...operations), { minLength: 1, maxLength: 14 }), async (sequence) => {
      const arn = await makeKey("symmetric", ask);
      const { Policy } = await ask("GetKeyPolicy", { KeyId: arn });
      let state: Modelled = "Enabled";
      for (const name of sequence) {
        if (name === "wait") {
          await advance(server, 8 * day);
          if (state === "PendingDeletion") state = "gone";
          continue;
        }
        const input = name === "PutKeyPolicy" ? { KeyId: arn, Policy } : await samples[name]!.input(arn, ask);
        const call = ask(name, input);
        if (state === "gone") await assert.rejects(call, refused("NotFoundException", /^Key '.*' does not exist$/));
        else {
          const said = table[name]!.split(" ")[states.indexOf(state)]!;
          if (said === "ok") {
            await call;
            state = turns[name] ?? state;
          } else await assert.rejects(call, refused(...notes[said]!));
        }
        if (state !== "gone") {
          const { KeyMetadata } = await ask("DescribeKey", { KeyId: arn });
          assert.equal((KeyMetadata as { KeyState: string }).KeyState, state);
        }
      }
    }),
    { numRuns: 40, seed: 20_260_101 },
  );
});
