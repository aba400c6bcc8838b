import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { type RehearsedPrincipal, type RehearsedResource, rehearse } from "../src/policy/rehearsal.ts";

/** One rule of AWS's documentation with what it allows and what it denies. See docs/policies.md for the format. */
interface Case {
  readonly rule: string;
  readonly principals: Readonly<Record<string, RehearsedPrincipal>>;
  readonly resources: Readonly<Record<string, RehearsedResource>>;
  readonly expectations: readonly {
    readonly principal: string;
    readonly action: string;
    readonly resource?: string;
    readonly context?: Readonly<Record<string, string | readonly string[]>>;
    readonly expect: "allow" | "explicit deny" | "implicit deny";
    /** The kind of policy that decided. */
    readonly because?: string;
  }[];
}

const folder = new URL("policy-cases/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

test("there are cases", () => assert.ok(files.length >= 8, `${files.length} files`));

for (const file of files) {
  const { cases } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as { cases: Case[] };
  test(`${file}: the rules`, async (suite) => {
    assert.ok(cases.length > 0);
    for (const one of cases) await suite.test(one.rule, () => check(one));
  });
}

function check({ principals, resources, expectations }: Case): void {
  const effects = expectations.map(({ expect }) => (expect === "allow" ? "allow" : "deny"));
  assert.deepEqual([...new Set(effects)].toSorted(), ["allow", "deny"], "a rule is shown by an allow and a deny");
  for (const { principal, action, resource, context = {}, expect, because } of expectations) {
    const [name = ""] = Object.keys(resources);
    const what = `${principal} ${action} ${resource ?? name} ${JSON.stringify(context)}`;
    assert.ok(principals[principal] && resources[resource ?? name], what);
    const decision = rehearse(principals[principal], resources[resource ?? name]!, { action, context });
    assert.equal(decision.because.effect, expect, `${what}: ${JSON.stringify(decision.because)}`);
    assert.equal(decision.allowed, expect === "allow", what);
    if (because !== undefined) assert.equal(decision.because.type, because, what);
  }
}
