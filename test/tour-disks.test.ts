import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { claviger, program, ran } from "./cli-kit.ts";

/** What a story calls, with what came of it. */
const calls: Readonly<Record<string, readonly string[]>> = {
  snapshots: [
    "ec2:CopySnapshot ok",
    "ec2:ModifySnapshotAttribute ok",
    "ec2:CopySnapshot ok",
    "kms:PutKeyPolicy ok",
    "ec2:CopySnapshot ok",
    "ebs:GetSnapshotBlock ok",
    "kms:DisableKey ok",
    "ec2:ModifySnapshotAttribute OperationNotPermitted",
  ],
  regions: ["ec2:CopySnapshot InvalidParameterValue", "ec2:CopySnapshot ok", "kms:ScheduleKeyDeletion ok"],
  ami: [
    "ec2:RegisterImage ok",
    "ec2:RunInstances AuthFailure",
    "ec2:ModifyImageAttribute ok",
    "ec2:RunInstances ok",
    "kms:PutKeyPolicy ok",
    "ec2:RunInstances ok",
    "ec2:TerminateInstances ok",
  ],
};

interface Step {
  readonly action?: string;
  readonly outcome?: string;
  readonly claim?: string;
  readonly ok?: boolean;
}

const servicesFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("claviger-"));

for (const [story, expected] of Object.entries(calls))
  test(`the tour of ${story} is as it is told, and the words are nowhere on the disk`, async () => {
    const before = new Set(servicesFolders());
    const { code, out, err } = await ran(process.execPath, [program, "tour", story, "--json"]);
    assert.deepEqual([code, err], [0, ""]);
    const steps = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Step);
    const told = steps.filter(({ action }) => action).map(({ action, outcome }) => `${action} ${outcome}`);
    let from = 0;
    for (const call of expected) {
      from = told.indexOf(call, from) + 1;
      assert.ok(from > 0, `${call} in ${told.join(", ")}`);
    }
    assert.deepEqual(
      steps.slice(0, -1).filter(({ ok }) => ok !== true),
      [],
    );
    const nowhere = steps.filter(({ claim }) => claim?.startsWith("The words are in none of the "));
    assert.ok(nowhere.length >= 2);
    assert.ok(steps.some(({ claim }) => claim === "The words are back."));
    assert.deepEqual(
      servicesFolders().filter((name) => !before.has(name) && name.startsWith("claviger-tour")),
      [],
    );
  });

test("people see the bytes before and after, who asked KMS for what, and why", async () => {
  const { code, out } = await ran(process.execPath, [program, "tour", "snapshots"]);
  assert.equal(code, 0);
  assert.match(out, / {7}00000000 {2}41 54 54 45 4e 54 49 4f {2}4e 3a 20 74 68 65 73 65 {2}\|ATTENTION: these\|\n/);
  const [, onDisk = ""] = /The same block, as it lies on the disk:\n((?: {7}.*\n)+)/.exec(out) ?? [];
  assert.equal(onDisk.split("\n").length, 5);
  assert.doesNotMatch(onDisk, /ATTENTION|words/);
  assert.match(out, /prod\.kms-caller\.ebs\.eu-west-1\.amazonaws\.com called kms:CreateGrant as \S+: denied, on arn:/);
  assert.match(
    out,
    /called kms:Decrypt as itself: allowed, on arn:\S+ \(eu-west-1\)\n {9}because grant \w+ permits it\n/,
  );
  assert.match(out, /\n\d+ steps, each as told, each on the trail\.\n$/);
});

test("a story that is none, and one on another service, are refused in a sentence", async () => {
  const none = await claviger(["tour", "volumes"]);
  assert.equal(none.code, 2);
  assert.match(none.err, /^Cannot play "volumes": the stories are snapshots, regions, ami\n/);
  const elsewhere = await claviger(["tour", "ami", "--endpoint", "http://127.0.0.1:1"]);
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.err, /^Cannot play "ami" on http:\/\/127\.0\.0\.1:1: it looks at the disk/);
});
