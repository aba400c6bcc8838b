import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import { DescribeKeyCommand, ListKeysCommand } from "@aws-sdk/client-kms";
import { claviger, program, ran } from "./cli-kit.ts";
import { iam, kms, testServer } from "./kit.ts";

interface Step {
  readonly chapter?: string;
  readonly action?: string;
  readonly outcome?: string;
  readonly reason?: { readonly because: { readonly effect: string; readonly statement?: string } };
  readonly record?: { readonly eventName: string; readonly errorCode?: string };
  readonly ok?: boolean;
}

const temporaryFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("claviger-tour-"));

/** Chapter by chapter, what is done and what comes of it. */
const story = [
  "kms:CreateKey ok",
  "kms:Encrypt ok",
  "kms:Decrypt ok",
  "kms:Decrypt InvalidCiphertextException",
  "kms:GenerateDataKey ok",
  "kms:Decrypt ok",
  "iam:CreateUser ok",
  "iam:CreateAccessKey ok",
  "kms:Decrypt AccessDeniedException",
  "kms:PutKeyPolicy ok",
  "kms:Decrypt ok",
  "kms:Encrypt AccessDeniedException",
  "kms:Encrypt AccessDeniedException",
  "kms:PutKeyPolicy ok",
  "kms:Encrypt ok",
  "kms:DisableKey ok",
  "kms:Decrypt DisabledException",
  "kms:EnableKey ok",
  "kms:Decrypt ok",
  "kms:ScheduleKeyDeletion ok",
  "kms:Decrypt KMSInvalidStateException",
  "kms:CancelKeyDeletion ok",
  "kms:EnableKey ok",
  "kms:Decrypt ok",
  "kms:ScheduleKeyDeletion ok",
  "kms:DescribeKey NotFoundException",
  "kms:Decrypt NotFoundException",
  "iam:DeleteAccessKey ok",
  "iam:DeleteUser ok",
];

test("the tour of a running service tells who was allowed what by which statement, and leaves nothing", async () => {
  await using server = await testServer();
  const before = temporaryFolders();
  const { code, out, err } = await claviger(["tour", "--endpoint", server.url, "--json"]);
  assert.deepEqual([code, err], [0, ""]);
  const steps = out.split("\n").map((line) => JSON.parse(line) as Step);
  const calls = steps.filter((step) => step.action !== undefined);
  assert.deepEqual(
    calls.map(({ action, outcome }) => `${action} ${outcome}`),
    story,
  );
  for (const { action, outcome, reason, record, ok } of calls) {
    assert.ok(ok, `${action} ${outcome}`);
    assert.equal(record?.eventName, action?.split(":")[1]);
    assert.equal(record?.errorCode, outcome === "ok" ? undefined : outcome?.replace(/^(AccessDenied)Exception$/, "$1"));
    if (outcome === "NotFoundException") continue;
    assert.equal(reason?.because.effect, outcome === "AccessDeniedException" ? "implicit deny" : "allow");
  }
  const byPolicy = calls.filter(({ reason }) => reason?.because.statement === "AliceMayDecrypt");
  assert.deepEqual(
    byPolicy.map(({ action }) => action),
    ["kms:Decrypt"],
  );
  assert.ok(steps.slice(0, -1).every(({ ok }) => ok));
  assert.deepEqual(steps.at(-1), { steps: steps.length - 3, deviations: 0 });

  assert.deepEqual((await iam(server).send(new ListUsersCommand({}))).Users, []);
  assert.deepEqual((await kms(server, undefined, "us-east-1").send(new ListKeysCommand({}))).Keys, []);
  assert.deepEqual(temporaryFolders(), before);
});

test("the tour on its own is for people to read, and ends with 0", async () => {
  const { code, out, err } = await ran(process.execPath, [program, "tour"]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /\n3\. Somebody who may not\n[^]*\n4\. Allowed by the key's own policy\n/);
  assert.match(out, / {5}alice-\w+ called kms:Decrypt: denied\n {7}because no identity-based policy allows it\n/);
  assert.match(out, / {7}because statement "AliceMayDecrypt" of key policy permits it \(resource-based policy\)\n/);
  assert.match(out, / {5}Encrypting: {2}25 % #+\n/);
  assert.match(out, /Nobody called: the service deleted the key at its date\.\n {5}on the trail: \S+ {2}kms:DeleteKey/);
  assert.match(out, /\n32 steps, each as told, each on the trail\.\n$/);
});

test("a tour that breaks off takes back what it made", async () => {
  await using server = await testServer();
  const { apis } = server.house;
  const recordOf = apis.recordOf.bind(apis);
  apis.recordOf = (api, name) => recordOf(api, name === "AdvanceClock" ? "Broken" : name);
  const { code, err } = await claviger(["tour", "--endpoint", server.url]);
  assert.equal(code, 1);
  assert.match(err, /^http:\S+ answers UnsupportedOperationException: Broken is not available/);
  const { Keys = [] } = await kms(server, undefined, "us-east-1").send(new ListKeysCommand({}));
  assert.equal(Keys.length, 1);
  const { KeyMetadata } = await kms(server, undefined, "us-east-1").send(
    new DescribeKeyCommand({ KeyId: Keys[0]?.KeyId }),
  );
  assert.equal(KeyMetadata?.KeyState, "PendingDeletion");
  assert.deepEqual((await iam(server).send(new ListUsersCommand({}))).Users, []);
});
