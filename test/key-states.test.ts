import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Key } from "../src/services/kms/entities.ts";
import { kmsOperations } from "../src/services/kms/operations.ts";
import type { Entity } from "../src/store/entities.ts";
import { advance } from "./clock.ts";
import { notes, type State, states, table } from "./key-states-table.ts";
import { testServer } from "./kit.ts";
import { commit } from "./principals.ts";
import { refused } from "./refused.ts";
import { asRoot, makeKey, region, samples } from "./sample-calls.ts";

const server = await testServer();
after(() => server.close());
const ask = asRoot(server);
const { entities, clocks } = server.house;

const rowsOf = (keyId: string): Entity<Key>[] =>
  [region, "us-east-1"].flatMap((where) => entities.get<Key>("key", `${where}/${keyId}`) ?? []);

/** Puts the key's rows back as they were, but for what `changed` says of the one in this Region. */
async function put(before: readonly Entity<Key>[], changed: Partial<Key> = {}): Promise<void> {
  const changes = before.map(({ row, content }) => {
    const now = entities.get<Key>(row.kind, row.id)!;
    const text = content.region === region ? { ...content, ...changed } : content;
    return entities.put(now, text, { due: null });
  });
  await commit(server, changes);
}

/** What goes with the state: imported material, a custom key store, a date. */
function inState(state: State): Partial<Key> {
  if (state === "PendingImport") return { state, origin: "EXTERNAL" };
  if (state === "Unavailable") return { state, origin: "EXTERNAL_KEY_STORE" };
  if (state === "PendingDeletion") return { state, deletionAt: clocks.domain() + 7 * 86_400_000 };
  if (state === "PendingReplicaDeletion") return { state, pendingWindowDays: 7 };
  return { state };
}

test("the table names every operation", () => {
  assert.equal(Object.keys(table).length, 56);
  for (const name of kmsOperations.keys()) assert.ok(name in table, `${name} is not in the table of key states`);
});

for (const name of kmsOperations.keys()) {
  const row = table[name] ?? "none";
  if (row === "none") continue;
  describe(`${name} in every key state`, () => {
    row.split(" ").forEach((expected, index) => {
      const state = states[index]!;
      if (expected === "-") return;
      test(`${state}: ${notes[expected]?.[1].source ?? "works"}`, async () => {
        const { kind, input } = samples[name]!;
        const arn = await makeKey(kind, ask);
        const keyId = arn.slice(arn.indexOf("/") + 1);
        if (name === "UpdatePrimaryRegion") {
          await ask("ReplicateKey", { KeyId: arn, ReplicaRegion: "us-east-1" });
          await advance(server, 3_600_000);
        }
        const given = await input(arn, ask);
        await put(rowsOf(keyId), inState(state));
        if (expected === "ok") await ask(name, given);
        else await assert.rejects(ask(name, given), refused(...notes[expected]!));
      });
    });
  });
}
