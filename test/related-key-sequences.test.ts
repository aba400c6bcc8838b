import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { advance } from "./clock.ts";
import { notes, states, table } from "./key-states-table.ts";
import { testServer } from "./kit.ts";
import { account } from "./principals.ts";
import { refused } from "./refused.ts";
import { asRoot, type Input, makeKey } from "./sample-calls.ts";

/** A multi-Region key and its replica, led through any sequence beside a model of both. */

const regions = ["eu-west-1", "us-east-2"] as const;
type Region = (typeof regions)[number];
type State = (typeof states)[number];

const day = 86_400_000;
const windowDays = 7;

class Model {
  readonly states = new Map<Region, State>([["eu-west-1", "Enabled"]]);
  readonly dates = new Map<Region, number>();
  primary: Region = "eu-west-1";
  /** Days since the beginning. */
  now = 0;
  rotations = 0;

  other(region: Region): Region {
    return region === regions[0] ? regions[1] : regions[0];
  }

  isAlone(region: Region): boolean {
    return !this.states.has(this.other(region));
  }

  schedule(region: Region): void {
    const waits = region === this.primary && !this.isAlone(region);
    this.states.set(region, waits ? "PendingReplicaDeletion" : "PendingDeletion");
    if (!waits) this.dates.set(region, this.now + windowDays);
  }

  cancel(region: Region): void {
    this.states.set(region, "Disabled");
    this.dates.delete(region);
  }

  /** A primary that waited for its replica begins its own wait when the replica is gone. */
  wait(days: number): void {
    this.now += days;
    for (const region of [this.other(this.primary), this.primary]) {
      if ((this.dates.get(region) ?? Infinity) > this.now) continue;
      this.states.delete(region);
      this.dates.delete(region);
      if (region !== this.primary && this.states.get(this.primary) === "PendingReplicaDeletion")
        this.schedule(this.primary);
    }
  }
}

const turns: Readonly<Record<string, (model: Model, region: Region) => void>> = {
  EnableKey: (model, region) => void model.states.set(region, "Enabled"),
  DisableKey: (model, region) => void model.states.set(region, "Disabled"),
  ScheduleKeyDeletion: (model, region) => model.schedule(region),
  CancelKeyDeletion: (model, region) => model.cancel(region),
  ReplicateKey: (model, region) => void model.states.set(model.other(region), "Enabled"),
  UpdatePrimaryRegion: (model, region) => void (model.primary = model.other(region)),
  RotateKeyOnDemand: (model) => void (model.rotations += 1),
};

const operations = [...Object.keys(turns), "Encrypt", "Decrypt", "DescribeKey", "wait"];
const step = fc.record({
  // What comes to nothing on most keys comes up less often.
  name: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...operations) },
    { weight: 1, arbitrary: fc.constant("wait") },
  ),
  region: fc.constantFrom(...regions),
});

/** What the operation says of this key by the model: a note of the table of key states, or another refusal. */
function expected(name: string, region: Region, model: Model): readonly [error: string, text?: RegExp] | undefined {
  const state = model.states.get(region);
  if (state === undefined)
    return name === "Decrypt" ? ["AccessDeniedException"] : ["NotFoundException", /^Key '.*' does not exist$/];
  const onPrimary = ["ReplicateKey", "UpdatePrimaryRegion", "RotateKeyOnDemand"].includes(name);
  if (onPrimary && region !== model.primary) return ["UnsupportedOperationException"];
  const note = table[name]!.split(" ")[states.indexOf(state)]!;
  if (note !== "ok") return notes[note];
  if (name === "ReplicateKey" && !model.isAlone(region)) return ["AlreadyExistsException"];
  const there = model.states.get(model.other(region));
  if (name !== "UpdatePrimaryRegion") return undefined;
  if (there === undefined) return ["NotFoundException"];
  return there === "PendingDeletion" ? ["KMSInvalidStateException"] : undefined;
}

test("a key and its replica: any sequence in both Regions does what the model does", async () => {
  await using server = await testServer();
  const ask = { "eu-west-1": asRoot(server), "us-east-2": asRoot(server, account, "us-east-2") };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async (sequence) => {
      const arn = await makeKey("related", ask["eu-west-1"]);
      const KeyId = arn.slice(arn.indexOf("/") + 1);
      const { CiphertextBlob } = await ask["eu-west-1"]("Encrypt", { KeyId, Plaintext: Buffer.from("x") });
      const model = new Model();
      for (const { name, region } of [{ name: "ReplicateKey", region: regions[0] }, ...sequence]) {
        if (name === "wait") {
          await advance(server, 3 * day);
          model.wait(3);
        } else {
          const inputs: Readonly<Record<string, Input>> = {
            Decrypt: { CiphertextBlob },
            Encrypt: { KeyId, Plaintext: Buffer.from("y") },
            ReplicateKey: { KeyId, ReplicaRegion: model.other(region) },
            ScheduleKeyDeletion: { KeyId, PendingWindowInDays: windowDays },
            UpdatePrimaryRegion: { KeyId, PrimaryRegion: model.other(region) },
          };
          const call = ask[region](name, inputs[name] ?? { KeyId });
          const refusal = expected(name, region, model);
          if (refusal) await assert.rejects(call, refused(...refusal));
          else {
            await call;
            turns[name]?.(model, region);
          }
          // What is Creating or Updating comes to rest; no waiting period ends.
          await advance(server, 60_000);
        }
        for (const where of regions) {
          const described = ask[where]("DescribeKey", { KeyId });
          const state = model.states.get(where);
          if (state === undefined) {
            await assert.rejects(described, refused("NotFoundException"));
            continue;
          }
          const metadata = (await described).KeyMetadata as Record<string, any>;
          assert.equal(metadata.KeyState, state, `${name} in ${region}, seen in ${where}`);
          const { PrimaryKey, ReplicaKeys, MultiRegionKeyType } = metadata.MultiRegionConfiguration;
          assert.equal(PrimaryKey.Region, model.primary);
          assert.equal(MultiRegionKeyType, where === model.primary ? "PRIMARY" : "REPLICA");
          const replica = model.other(model.primary);
          assert.deepEqual(
            ReplicaKeys.map((key: { Region: string }) => key.Region),
            model.states.has(replica) ? [replica] : [],
          );
          const { Rotations } = await ask[where]("ListKeyRotations", { KeyId });
          assert.equal((Rotations as unknown[]).length, model.rotations);
        }
      }
    }),
    { numRuns: 40, seed: 20_260_101 },
  );
});
