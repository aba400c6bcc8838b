import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ran, temporaryFolder } from "./cli-kit.ts";

const file = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

test("packages are installed when they are missing, when an install was interrupted, and when the lock file is newer", async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.file("tools"));
  mkdirSync(folder.file("bin"));
  copyFileSync(file("tools/node"), folder.file("tools/node"));
  writeFileSync(folder.file("package-lock.json"), "{}");
  const program = (name: string, text: string) => {
    writeFileSync(folder.file(`bin/${name}`), `#!/bin/sh\n${text}\n`);
    chmodSync(folder.file(`bin/${name}`), 0o755);
  };
  program(
    "npm",
    'echo "npm $1"; mkdir -p node_modules/.bin; [ -n "$BREAK" ] && exit 7; : > node_modules/.package-lock.json',
  );
  program("node", 'echo "node $*"');
  const run = (env: object = {}) =>
    ran(folder.file("tools/node"), ["x.ts"], { PATH: `${folder.file("bin")}:${process.env.PATH}`, ...env });

  assert.equal((await run({ BREAK: "1" })).code, 7);
  const again = await run();
  assert.match(again.err, /npm ci\n$/);
  assert.equal(again.out, "node x.ts\n");
  assert.deepEqual(await run(), { code: 0, out: "node x.ts\n", err: "" });
  const later = Date.now() / 1000 + 60;
  utimesSync(folder.file("package-lock.json"), later, later);
  assert.match((await run()).err, /npm ci\n$/);
  rmSync(folder.file("node_modules"), { recursive: true });
  assert.match((await run()).err, /npm ci\n$/);
});

test("every package of the lock file comes with its fingerprint and runs no script at install", () => {
  const { packages } = JSON.parse(readFileSync(file("package-lock.json"), "utf8")) as {
    packages: Record<string, { integrity?: string; hasInstallScript?: boolean }>;
  };
  const installed = Object.entries(packages).filter(([path]) => path !== "");
  assert.ok(installed.length > 10);
  for (const [path, { integrity, hasInstallScript }] of installed) {
    assert.match(integrity ?? "", /^sha512-/, path);
    assert.ok(!hasInstallScript, path);
  }
});
