import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Ran, ran, temporaryFolder } from "./cli-kit.ts";
import { testServer } from "./kit.ts";
import { awsCliMissing, awsEnvironment } from "./outside-programs.ts";
import { softhsmMissing } from "./softhsm.ts";

const file = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Everything in ```sh blocks of a page, in order, as one script. Commands that start with "! " have to fail. */
function scriptOf(page: string): string {
  const blocks = [...readFileSync(file(page), "utf8").matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, text = ""]) => text);
  assert.ok(blocks.length >= 2, `${page} has no commands`);
  return blocks.join("\n").replaceAll(/^! (.*)$/gm, 'if $1; then echo "this should have failed: $1"; exit 9; fi');
}

/** What a page starts in the background ends with it. In a subshell some shells know no jobs. */
const endJobs = `trap 'jobs -p > jobs.txt; for job in $(cat jobs.txt); do kill "$job" || true; done; wait' EXIT`;

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Runs a page's commands in an empty folder, against a fresh service in place of the one on port 4566. */
async function play(page: string, ports: readonly string[] = []): Promise<Ran> {
  using folder = temporaryFolder();
  await using server = await testServer({ data: folder.file(".claviger") });
  writeFileSync(folder.file("claviger"), `#!/bin/sh\nexec "${file("claviger")}" "$@"\n`);
  chmodSync(folder.file("claviger"), 0o755);
  let script = scriptOf(page).replaceAll("http://127.0.0.1:4566", server.url);
  for (const port of ports) script = script.replaceAll(port, String(await freePort()));
  const { PATH, HOME, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE } = awsEnvironment(server);
  return await ran(
    "sh",
    ["-eu", "-c", `${endJobs}\n${script}`],
    { PATH, HOME, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE },
    folder.path,
  );
}

test("the README's commands do what it says", { skip: awsCliMissing }, async () => {
  const { code, out, err } = await play("README.md");
  assert.equal(code, 0, out + err);
  assert.match(out, /^attack at dawn/m);
  assert.match(out, /^The trail is whole: /m);
  assert.match(out, /^DATABASE_PASSWORD=kms:v1:eu-west-1:AQICA/m);
  assert.match(out, /^the program sees: correct horse battery staple$/m);
});

test("the first quarter of an hour goes as it is told", { skip: awsCliMissing }, async () => {
  const { code, out, err } = await play("docs/start.md");
  assert.equal(code, 0, out + err);
  assert.match(err, /InvalidCiphertextException/);
  assert.match(err, /no identity-based policy allows the kms:Decrypt action/);
  assert.match(err, /KMSInvalidStateException/);
  assert.match(err, /NotFoundException/);
  assert.match(out, /^The service's clock is now /m);
});

test("what it would cost on AWS is told", { skip: awsCliMissing }, async () => {
  const { code, out, err } = await play("docs/cost.md");
  assert.equal(code, 0, out + err);
  assert.match(out, /^total +0\.001 +4 +4 +0\.001\d+$/m);
  assert.match(out, /"eu-west-1-KMS-Keys"/);
  assert.match(out, /"orders"/);
  assert.match(out, /^ {2}data-key caching +2 of 3 calls less \(67 %\)/m);
});

test("custom key stores of both kinds and recipients work as it is told", {
  skip: awsCliMissing || softhsmMissing,
}, async () => {
  const { code, out, err } = await play("docs/custom-key-stores.md", ["8443", "4567", "4568"]);
  assert.equal(code, 0, out + err);
  assert.equal(out.match(/^CONNECTED$/gm)?.length, 2);
  assert.equal(out.match(/salaries/g)?.length, 3);
  assert.match(out, /claviger:XksDecrypt +000000000000:user\/xks-proxy/);
  assert.equal(err.match(/KMSInvalidStateException/g)?.length, 2);
});

test("questions to the audit trail are answered", { skip: awsCliMissing }, async () => {
  const { code, out, err } = await play("docs/lake.md");
  assert.equal(code, 0, out + err);
  assert.match(out, /"arn": "arn:aws:iam::000000000000:root"/);
  assert.match(out, /"calls": "2"/);
});

test("a snapshot is shared, copied and read as the page tells", { skip: awsCliMissing }, async () => {
  const { code, out, err } = await play("docs/workflows/share-snapshot.md");
  assert.equal(code, 0, out + err);
  assert.match(out, /^snap-\w+\t111111111111\tarn:aws:kms:eu-west-1:111111111111:key\//m);
  assert.match(out, /^completed\tarn:aws:kms:eu-west-1:222222222222:key\//m);
});

test("a snapshot goes to another Region as the page tells", { skip: awsCliMissing }, async () => {
  const { code, out, err } = await play("docs/workflows/copy-to-region.md");
  assert.equal(code, 0, out + err);
  assert.match(err, /InvalidParameterValue\).*The specified keyId arn:\S+ is invalid/);
  assert.match(out, /^completed\tarn:aws:kms:us-west-2:111111111111:key\//m);
});

test("an image is shared and launched as the page tells", { skip: awsCliMissing }, async () => {
  const { code, out, err } = await play("docs/workflows/share-image.md");
  assert.equal(code, 0, out + err);
  assert.match(out, /^in-use\tarn:aws:kms:eu-west-1:222222222222:key\//m);
  assert.match(out, /arn:aws:sts::222222222222:assumed-role\/aws:ec2-infrastructure\/i-/);
  assert.match(out, /^Client\.InternalError: Client error on launch$/m);
});

test("a trail delivers log files and digest files, which hold", { skip: awsCliMissing }, async () => {
  const { code, out, err } = await play("docs/trails.md");
  assert.equal(code, 0, out + err);
  assert.match(out, /^"eventName":"CreateKey"$/m);
  assert.match(out, /^Verified OK$/m);
});

test("what is told of the audit trail holds", { skip: awsCliMissing }, async () => {
  const { code, out, err } = await play("docs/audit.md");
  assert.equal(code, 0, out + err);
  assert.match(out, /^The trail is whole: \d+ records/m);
  assert.match(out, /^alias\/payroll: \d+ calls by 2, 1 denied/m);
  assert.match(out, /^Records 1 to \d+ were pruned/m);
  assert.match(err, /does not hold/);
});

test("the README is short, and every page that it links is there", () => {
  const text = readFileSync(file("README.md"), "utf8");
  assert.ok(text.split("\n").length < 120);
  for (const [, target = ""] of text.matchAll(/\]\(([^)]+)\)/g)) assert.ok(readFileSync(file(target), "utf8"), target);
});
