import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { CreateAliasCommand, CreateKeyCommand, DisableKeyCommand, EncryptCommand } from "@aws-sdk/client-kms";
import { claviger, ended, program, type Ran, ran, type TemporaryFolder, temporaryFolder } from "./cli-kit.ts";
import { kms, testServer, type TestServer } from "./kit.ts";

const secret = "correct horse battery staple";
const long = "x".repeat(5000);
const clear = `# head\nexport PASSWORD='${secret}' # why\nEMPTY=\nLONG=${long}\nMULTI="a\\nb"\n`;

const environment = (server: TestServer) => ({
  AWS_ENDPOINT_URL_KMS: server.url,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_REGION: "eu-west-1",
});

async function newKey(server: TestServer): Promise<string> {
  const { KeyMetadata } = await kms(server).send(new CreateKeyCommand({}));
  await kms(server).send(new CreateAliasCommand({ AliasName: "alias/app", TargetKeyId: KeyMetadata?.KeyId }));
  return KeyMetadata?.Arn ?? "";
}

/** A file with encrypted values. */
async function encrypted(server: TestServer, folder: TemporaryFolder, text = clear): Promise<string> {
  await newKey(server);
  const file = folder.file(".env");
  writeFileSync(file, text);
  const { code, err } = await claviger(["env", "encrypt", file, "--key", "alias/app"], environment(server));
  assert.equal(code, 0, err);
  return file;
}

const runProgram = (server: TestServer, file: string, ...words: string[]): Promise<Ran> =>
  ran(process.execPath, [program, "env", "run", file, "--", ...words], { ...process.env, ...environment(server) });

describe("secrets in a .env file", () => {
  test("become ciphertexts that keep everything else, and a program sees them in clear", async () => {
    await using server = await testServer();
    using folder = temporaryFolder();
    const file = folder.file(".env");
    writeFileSync(file, clear);
    chmodSync(file, 0o640);
    const key = await newKey(server);
    const encrypt = (...more: string[]) =>
      claviger(["env", "encrypt", file, "--key", key, ...more], environment(server));
    assert.deepEqual(await encrypt(), { code: 0, out: `${file}: 3 encrypted, 1 kept as they were.`, err: "" });
    const sealed = readFileSync(file, "utf8");
    assert.match(
      sealed,
      /^# head\nexport PASSWORD=kms:v1:eu-west-1:AQICA[\w+/]+=* # why\nEMPTY=\nLONG=kms-envelope:v1:eu-west-1:AQICA[\w+/]+=*:[\w+/]+=*\nMULTI=kms:v1:\S+\n$/,
    );
    assert.equal(statSync(file).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(folder.path), [".env"]);
    assert.match((await encrypt()).out, /: 0 encrypted, 4 kept as they were\.$/);
    assert.equal(readFileSync(file, "utf8"), sealed);

    const show = "process.stdout.write(JSON.stringify(['PASSWORD','EMPTY','LONG','MULTI'].map((n) => process.env[n])))";
    const { code, out, err } = await runProgram(server, file, process.execPath, "-e", show);
    assert.deepEqual([code, err], [0, ""]);
    assert.deepEqual(JSON.parse(out), [secret, "", long, "a\nb"]);
    const { lines } = await server.house.store.trail.after(0, 100);
    assert.ok(lines.length > 5);
    assert.ok(!lines.join("").includes(secret));
  });

  test("stay as they were when one of them cannot be encrypted", async () => {
    await using server = await testServer();
    using folder = temporaryFolder();
    const KeyId = await newKey(server);
    await kms(server).send(new DisableKeyCommand({ KeyId }));
    writeFileSync(folder.file(".env"), clear);
    const encrypt = (...more: string[]) =>
      claviger(["env", "encrypt", folder.file(".env"), "--key", KeyId, ...more], environment(server));
    const { code, err } = await encrypt();
    assert.equal(code, 1);
    assert.match(err, /^Cannot encrypt PASSWORD: DisabledException: arn:aws:kms:\S+ is disabled\.$/);
    assert.ok(!err.includes(secret));
    assert.equal(readFileSync(folder.file(".env"), "utf8"), clear);
    assert.equal((await encrypt("--out", folder.file("other"))).code, 1);
    assert.deepEqual(readdirSync(folder.path), [".env"]);
  });

  test("do not open under another name, damaged, or where KMS refuses; the program is not started then", async () => {
    await using server = await testServer();
    using folder = temporaryFolder();
    const file = await encrypted(server, folder);
    const [, sealed = ""] = /PASSWORD=(\S+)/.exec(readFileSync(file, "utf8")) ?? [];
    const refused = async (text: string, message: RegExp) => {
      writeFileSync(file, text);
      const { code, out, err } = await runProgram(server, file, "echo", "started");
      assert.deepEqual([code, out], [1, ""]);
      assert.match(err, message);
      assert.ok(!err.includes(secret) && err.split("\n").length <= 3, err);
    };
    await refused(`OTHER=${sealed}`, /^Cannot decrypt OTHER: InvalidCiphertextException/);
    await refused(`A=${sealed.slice(0, -6)}!`, /^Cannot decrypt A: line 1 holds a damaged ciphertext/);
    await refused(`PASSWORD=${sealed.replace("eu-west-1", "eu-west-2")}`, /^Cannot decrypt PASSWORD: /);
    const nul = await kms(server).send(
      new EncryptCommand({
        KeyId: "alias/app",
        Plaintext: Buffer.from(`${secret}\0`),
        EncryptionContext: { "claviger:env": "N" },
      }),
    );
    await refused(`N=kms:v1:eu-west-1:${Buffer.from(nul.CiphertextBlob ?? []).toString("base64")}`, /holds a NUL byte/);
    await refused("A=1\n???", /line 2 is neither/);
  });
});

describe("a program that is run with decrypted values", () => {
  test("passes its exit code on; one that is not there is a sentence", async () => {
    await using server = await testServer();
    using folder = temporaryFolder();
    const file = await encrypted(server, folder, "A=1\n");
    assert.equal((await runProgram(server, file, "sh", "-c", "exit 7")).code, 7);
    assert.equal((await runProgram(server, file, "sh", "-c", "kill -9 $$")).code, 137);
    assert.deepEqual(await runProgram(server, file, "no-such-program"), {
      code: 1,
      out: "",
      err: 'Cannot run "no-such-program": there is no such program\n',
    });
  });

  test("is sent the signals, and no command line holds a value", async () => {
    await using server = await testServer();
    using folder = temporaryFolder();
    const file = await encrypted(server, folder);
    const words = ["sh", "-c", 'trap "exit 3" TERM; echo ready; while :; do sleep 0.1; done'];
    const child = spawn(process.execPath, [program, "env", "run", file, "--", ...words], {
      env: { ...process.env, ...environment(server) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const end = ended(child);
    await once(child.stdout, "data");
    if (process.platform === "linux")
      for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry)))
        assert.ok(!commandLine(name).includes(secret), name);
    child.kill("SIGTERM");
    assert.equal((await end).code, 3);
  });
});

function commandLine(process: string): string {
  try {
    return readFileSync(`/proc/${process}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
