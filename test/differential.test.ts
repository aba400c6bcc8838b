import assert from "node:assert/strict";
import { test } from "node:test";
import { rehearse } from "../src/policy/rehearsal.ts";
import { type RandomCase, randomCase } from "./differential/cases.ts";
import { askOracle, oracleInstalled } from "./differential/oracle.ts";

const count = 20_000;

/**
 * Why the other evaluator answers otherwise, and what takes the reason away: then both must agree. Two things it does
 * not do are not asked at all: it leaves kms:EncryptionContext:… out of the context (cases use kms:EncryptionAlgorithm
 * in its stead), and it knows neither grants nor what a key policy gives the root user.
 */
const explained: readonly { readonly reason: string; readonly remedied: (one: RandomCase) => RandomCase }[] = [
  {
    reason:
      "A direct match (session ARN, everybody) is not limited by a session policy that is silent; it is limited there. " +
      "AWS: IAM user guide, policy evaluation for requests within one account, sessions named in resource policies.",
    remedied: ({ principal: { session: _session, ...principal }, ...rest }) => ({ ...rest, principal }),
  },
  {
    reason: "A date written in epoch seconds compares with one written in ISO 8601; there it never matches.",
    remedied: (one) =>
      rewritten(
        one,
        '"DateLessThanEquals":{"aws:CurrentTime":"1767225600"}',
        '"DateLessThanEquals":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}',
      ),
  },
  {
    reason: "Policies of Version 2008-10-17 have no variables; there a variable's default is put in all the same.",
    remedied: (one) => rewritten(one, "${aws:PrincipalTag/team, 'hr'}", "$ {aws:PrincipalTag/team, 'hr'}"),
  },
];

const rewritten = (one: RandomCase, from: string, to: string): RandomCase =>
  JSON.parse(JSON.stringify(one).replaceAll(from, to)) as RandomCase;

const ours = ({ principal, resource, asked }: RandomCase) => rehearse(principal, resource, asked).because.effect;

const skip = oracleInstalled ? false : "the other evaluator is not installed (.ci/run installs it into its cache)";

test(`${count} random cases: another evaluator agrees, or the disagreement is explained`, { skip }, async () => {
  const cases = Array.from({ length: count }, (_, n) => randomCase(n));
  const theirs = await askOracle(cases);
  assert.equal(theirs.length, count);
  const answers = cases.map(ours);
  for (const effect of ["allow", "explicit deny", "implicit deny"])
    assert.ok(answers.filter((answer) => answer === effect).length > count / 20, `hardly any ${effect}`);
  const differing = cases.filter((_, n) => answers[n] !== theirs[n]);
  assert.ok(differing.length < count / 100, `${differing.length} disagreements`);
  // Every reason alone and all of them together are taken away from every case that differs.
  const all = (one: RandomCase) => explained.reduce((before, { remedied }) => remedied(before), one);
  const remedies = [...explained.map(({ remedied }) => remedied), all];
  const again = await askOracle(remedies.flatMap((remedied) => differing.map(remedied)));
  const unexplained = differing.filter(
    (one, n) => !remedies.some((remedied, r) => again[r * differing.length + n] === ours(remedied(one))),
  );
  assert.deepEqual(unexplained, []);
});
