import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { houseRules } from "../tools/house-rules.ts";
import { cycles, forbiddenImports, foreignPackages } from "../tools/house-rules-imports.ts";
import { sourceOf } from "../tools/house-rules-sources.ts";
import * as words from "../tools/house-rules-words.ts";

const broken = await houseRules(fileURLToPath(new URL("..", import.meta.url)));

describe("the house is in order", () => {
  for (const [rule, problems] of Object.entries(broken))
    test(rule, () => assert.ok(problems.length === 0, `\n${problems.join("\n")}\n`));
});

describe("a rule that is broken is noticed", () => {
  const finds = (problems: readonly string[], text: RegExp) => {
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.match(problems[0]!, text);
  };

  test("a service that reaches into another", () => {
    const source = sourceOf("src/services/kms/keys.ts", 'import { users } from "../iam/users.ts";\n');
    finds(forbiddenImports([source]), /services\/kms must not know services\/iam/);
  });

  test("a door that is opened beyond its interface", () => {
    const line = '{ openSeal } from "../../seal/root-key.ts";\n';
    finds(forbiddenImports([sourceOf("src/services/kms/keys.ts", `import ${line}`)]), /must not know seal/);
    assert.deepEqual(forbiddenImports([sourceOf("src/services/kms/keys.ts", `import type ${line}`)]), []);
  });

  test("files that import each other", () => {
    const one = sourceOf("src/policy/one.ts", 'import { two } from "./two.ts";\n');
    const two = sourceOf("src/policy/two.ts", 'export {\n  one,\n} from "./one.ts";\n');
    finds(cycles([one, two]), /src\/policy\/one.ts → src\/policy\/two.ts → src\/policy\/one.ts/);
    const erased = sourceOf("src/policy/two.ts", 'import type { one } from "./one.ts";\n');
    assert.deepEqual(cycles([one, erased]), []);
  });

  test("a dependency that nobody gave a reason for", () => {
    finds(foreignPackages([sourceOf("src/arn.ts", 'import pad from "left-pad";\n')], ["pg"]), /left-pad/);
    const lazy = 'const load = () => import("@noble/curves/nist.js");\n';
    const noble = (path: string, text: string) => foreignPackages([sourceOf(path, text)], ["@noble/curves"]);
    assert.deepEqual(noble("src/crypto/a.ts", lazy), []);
    finds(noble("src/services/kms/a.ts", lazy), /crypto\/ alone/);
    finds(noble("src/crypto/a.ts", 'import { p256 } from "@noble/curves/nist.js";\n'), /when it is needed/);
  });

  test("a long file, an empty name, a path of one machine", () => {
    finds(words.longFiles([sourceOf("src/a.ts", "\n".repeat(201))]), /201 lines/);
    finds(words.vagueNames([sourceOf("src/store/helpers.ts", "")]), /name the room/);
    finds(words.vagueNames([sourceOf("src/a.ts", `class Key${"Manager"} {}\n`)]), /KeyManager/);
    finds(words.vagueNames([sourceOf("src/a.ts", `const f = (${"ctx"}: Call) => 1;\n`)]), /ctx/);
    finds(words.machinePaths([sourceOf("src/a.ts", `open("/${"home"}/ann/keys")`)]), /one machine/);
  });

  test("authority made elsewhere, and a comment that only speaks of it", () => {
    finds(words.forgedAuthority([sourceOf("src/jobs/a.ts", "Decision.make(true)")]), /only policy\/ makes/);
    finds(words.forgedAuthority([sourceOf("src/wire/a.ts", "Caller.make(facts)")]), /only identity\/ makes/);
    assert.deepEqual(words.forgedAuthority([sourceOf("src/wire/a.ts", "/** Caller.make() */\n")]), []);
  });

  test("a pattern built from text, and a test's tool outside tests", () => {
    finds(words.builtPatterns([sourceOf("src/policy/a.ts", "new RegExp(text)")]), /at run time/);
    finds(
      words.testingOutsideTests([sourceOf("src/policy/a.ts", 'import { x } from "../identity/testing.ts";\n')]),
      /tests alone/,
    );
  });
});
