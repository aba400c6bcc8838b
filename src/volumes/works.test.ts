import assert from "node:assert/strict";
import { test } from "node:test";
import { AwsError } from "../errors.ts";
import { volumesDueHandlers } from "./due.ts";
import { forwarders } from "./kms-voice.ts";
import { account, region, type Workbench, workbench } from "./testing.ts";
import { type Ending, targetOf, workFor, type WorkHandler } from "./work.ts";

interface Wall {
  colour: string;
}

const target = { kind: "wall", id: "w" };

const begin = (on: Workbench, due?: number) =>
  on.commit([
    on.entities.create<Wall>("wall", "w", { colour: "grey" }, { scope: "" }),
    workFor(on.call(), "paint", target, { colour: "red" }, due),
  ]);

const painted =
  (hands: Parameters<WorkHandler["run"]>[1], colour: string): Ending =>
  () => {
    const wall = targetOf<Wall>({ target } as never, hands)!;
    const events = [
      { name: "paintWall", region, account, source: "ec2.amazonaws.com", resources: [], type: "Notification" } as const,
    ];
    return { changes: [hands.entities.put(wall, { colour })], events };
  };

const never = (): WorkHandler["fail"] => () => assert.fail("this work does not fail");

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

test("work begins when it is committed, speaks as its caller, as the service and as the infrastructure, and ends", async () => {
  await using on = await workbench();
  on.start({
    run: async (_work, hands) => {
      await hands.asCaller(forwarders.frontend(), region)("CreateGrant", {});
      await hands.asService(forwarders.copier(region), region)("Decrypt", {});
      await hands.asInfrastructure(account, "i-1", region)("Decrypt", {});
      await hands.step(painted(hands, "pink"));
      return painted(hands, "red");
    },
    fail: never(),
  });
  assert.equal(await begin(on), "done");
  await until(() => on.entities.get("volume-work", "paint/wall/w") === undefined);
  assert.deepEqual(on.entities.get<Wall>("wall", "w")!.content, { colour: "red" });
  const copier = `prod.kms-caller.ebs.${region}.amazonaws.com`;
  assert.deepEqual(on.said, [
    { who: `arn:aws:iam::${account}:root`, invokedBy: "ec2-frontend-api.amazonaws.com", operation: "CreateGrant" },
    { who: `ec2.${region}.amazonaws.com`, invokedBy: copier, operation: "Decrypt" },
    {
      who: `arn:aws:sts::${account}:assumed-role/aws:ec2-infrastructure/i-1`,
      invokedBy: "ec2.amazonaws.com",
      operation: "Decrypt",
    },
  ]);
  const events = await on.events();
  assert.deepEqual(
    events.map(({ eventName, eventSource, eventCategory }) => ({ eventName, eventSource, eventCategory })),
    Array(2).fill({ eventName: "paintWall", eventSource: "ec2.amazonaws.com", eventCategory: "Notification" }),
  );
  assert.deepEqual(on.faults, []);
});

test("work that was cut off anywhere is taken up by the next life, and done once", async () => {
  await using on = await workbench();
  for (const cut of ["at its start", "on its way", "before its ending"]) {
    let reached = false;
    const stuck = () => {
      reached = true;
      return new Promise<never>(() => undefined);
    };
    on.start({
      run: async (_work, hands) => {
        if (cut === "at its start") await stuck();
        await hands.asCaller(forwarders.frontend(), region)("ReEncrypt", {});
        if (cut === "on its way") await stuck();
        await hands.step(painted(hands, "pink"));
        return await stuck();
      },
      fail: never(),
    });
    assert.equal(await begin(on), "done");
    await until(() => reached);
    await on.kill();
    let runs = 0;
    const works = on.start({
      run: async (work, hands) => {
        runs += 1;
        await hands.asCaller(forwarders.frontend(), region)("ReEncrypt", {});
        return painted(hands, (work.input as Wall).colour);
      },
      fail: never(),
    });
    await works.resume();
    await until(() => on.entities.get("volume-work", "paint/wall/w") === undefined);
    assert.deepEqual(on.entities.get<Wall>("wall", "w")!.content, { colour: "red" }, cut);
    assert.equal(runs, 1);
    assert.equal(await on.commit([on.entities.delete(on.entities.get("wall", "w")!)]), "done");
    await on.kill();
  }
  assert.deepEqual(on.faults, []);
});

test("what AWS refuses is the work's outcome; a fault is one too, and the log alone learns it", async () => {
  await using on = await workbench();
  for (const error of [new AwsError("AccessDeniedException", "no"), new Error("a secret of ours")]) {
    on.start({
      run: () => Promise.reject(error),
      fail: (_work, hands, thrown) =>
        Promise.resolve(painted(hands, thrown instanceof AwsError ? thrown.message : "internal")),
    });
    assert.equal(await begin(on), "done");
    await until(() => on.entities.get("volume-work", "paint/wall/w") === undefined);
    const wall = on.entities.get<Wall>("wall", "w")!;
    assert.equal(wall.content.colour, error instanceof AwsError ? "no" : "internal");
    assert.equal(await on.commit([on.entities.delete(wall)]), "done");
    await on.kill();
  }
  assert.deepEqual(on.faults, ["Error: a secret of ours"]);
  assert.ok(!JSON.stringify(await on.events()).includes("secret of ours"));
});

test("an ending that the store cannot write is tried again; one that others overtake is made anew", async () => {
  await using on = await workbench();
  let endings = 0;
  on.start({
    run: (_work, hands) =>
      Promise.resolve(() => {
        endings += 1;
        const written = painted(hands, "red")();
        if (endings === 1) on.fault({ delayMs: 0, fail: "the disk is full" });
        if (endings === 2) {
          on.fault({ delayMs: 0, fail: "" });
          const wall = on.entities.get<Wall>("wall", "w")!;
          void on.commit([on.entities.put(wall, { colour: "scratched" })]);
        }
        return written;
      }),
    fail: never(),
  });
  assert.equal(await begin(on), "done");
  await until(() => on.entities.get("volume-work", "paint/wall/w") === undefined);
  assert.equal(endings, 3);
  assert.deepEqual(on.entities.get<Wall>("wall", "w")!.content, { colour: "red" });
  assert.equal(on.faults.length, 1);
});

test("work with a date waits for it by the domain clock, also over a restart", async () => {
  await using on = await workbench();
  let runs = 0;
  const handler: WorkHandler = {
    run: (_work, hands) => {
      runs += 1;
      return Promise.resolve(painted(hands, "red"));
    },
    fail: never(),
  };
  on.start(handler);
  assert.equal(await begin(on, Date.now() + 3_600_000), "done");
  await on.kill();
  await on.start(handler).resume();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(runs, 0);
  const row = on.entities.get("volume-work", "paint/wall/w")!;
  const due = volumesDueHandlers({ entities: on.entities, disks: undefined as never }).get("volume-work")!;
  assert.equal(await on.commit([...(await due(row, Date.now())).changes]), "done");
  await until(() => on.entities.get("volume-work", "paint/wall/w") === undefined);
  assert.equal(runs, 1);
});
