import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type RehearsedPrincipal, rehearse } from "./rehearsal.ts";

/** Small vocabularies, so that random statements meet each other. */
const account = "111122223333";
const users = ["alice", "bob"].map((name) => `arn:aws:iam::${account}:user/${name}`);
const key = `arn:aws:kms:eu-west-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const one = fc.constantFrom;
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 2 });

const action = one("kms:Encrypt", "kms:Decrypt");
const actions = list(one("kms:*", "kms:*", "kms:Encrypt", "kms:De*", "s3:*"));
const principal = list(one(...users, account, "*", `arn:aws:iam::${account}:role/app`)).map((AWS) => ({ AWS }));
const context = fc.dictionary(one("kms:EncryptionContext:dept", "aws:RequestedRegion"), one("hr", "it", "H*"));
const condition = fc.record({
  operator: one("StringEquals", "StringNotEquals", "StringLike", "StringEqualsIfExists", "ForAllValues:StringLike"),
  key: one("kms:EncryptionContext:dept", "aws:RequestedRegion", "aws:PrincipalTag/team"),
  values: list(one("hr", "it", "*", "${aws:PrincipalTag/team}")),
});
const effect = one("Allow", "Allow", "Allow", "Allow", "Allow", "Deny");
const conditions = fc.array(condition, { maxLength: 2, size: "xsmall" }).map((all) => {
  const block: Record<string, Record<string, string[]>> = {};
  for (const { operator, key: name, values } of all) (block[operator] ??= {})[name] = values;
  return block;
});

type Statement = Record<string, unknown>;
const identityStatement = fc.record({
  Effect: effect,
  Action: actions,
  Resource: one(key, "*"),
  Condition: conditions,
});
const keyStatement = fc
  .record({
    Effect: effect,
    Action: actions,
    Principal: principal,
    Condition: conditions,
    not: fc.boolean(),
  })
  .map(({ not, Principal, ...rest }): Statement => {
    // NotPrincipal with Allow widens when somebody is taken from its list; it has its own case.
    const named = not && rest.Effect === "Deny" ? { NotPrincipal: Principal } : { Principal };
    return { ...rest, ...named, Resource: "*" };
  });
const some = (statement: fc.Arbitrary<Statement>) => fc.array(statement, { minLength: 1, maxLength: 4 });
const maybe = (statement: fc.Arbitrary<Statement>) => fc.option(some(statement), { nil: undefined, freq: 2 });

const scene = fc.record({
  caller: one(
    ...users,
    `arn:aws:sts::${account}:assumed-role/app/s1`,
    `arn:aws:iam::${account}:root`,
    "arn:aws:iam::444455556666:user/carol",
  ),
  tags: fc.dictionary(one("team"), one("hr", "it", "*")),
  identity: fc.array(some(identityStatement), { maxLength: 2 }),
  boundary: maybe(identityStatement),
  session: maybe(identityStatement),
  control: maybe(identityStatement),
  policy: some(keyStatement),
  action,
  context,
});
type Scene = typeof scene extends fc.Arbitrary<infer S> ? S : never;

const document = (statements: readonly Statement[]) => ({ Version: "2012-10-17", Statement: statements });

function allowed({ caller, tags, identity, boundary, session, control, policy, ...asked }: Scene): boolean {
  const asking: RehearsedPrincipal = {
    arn: caller,
    tags,
    policies: identity.map(document),
    ...(boundary && { boundary: document(boundary) }),
    ...(session && { session: [document(session)] }),
    ...(control && { serviceControl: [[document(control)]] }),
  };
  return rehearse(asking, { arn: key, policy: document(policy) }, asked).allowed;
}

const runs = { numRuns: 3000 };

/** The scene with another statement in one of its policies; absent ones stay absent, since they do not limit. */
const added = (before: Scene, place: keyof Scene, identityOne: Statement, keyOne: Statement): Scene => {
  if (place === "policy") return { ...before, policy: [...before.policy, keyOne] };
  if (place === "identity") return { ...before, identity: [...before.identity, [identityOne]] as Scene["identity"] };
  const present = before[place as "boundary" | "session" | "control"];
  return present ? { ...before, [place]: [...present, identityOne] } : before;
};
const place = one<keyof Scene>("policy", "identity", "boundary", "session", "control");

test("scenes are allowed and denied, both often", () => {
  const answers = fc.sample(scene, 1000).map(allowed);
  const yes = answers.filter(Boolean).length;
  assert.ok(yes > 30 && yes < 970, `${yes} of 1000 are allowed`);
});

test("another Allow never takes access away", () => {
  fc.assert(
    fc.property(scene, place, identityStatement, keyStatement, (before, where, mine, keys) => {
      const { NotPrincipal, ...rest } = keys;
      const after = added(
        before,
        where,
        { ...mine, Effect: "Allow" },
        { Principal: NotPrincipal, ...rest, Effect: "Allow" },
      );
      return !allowed(before) || allowed(after);
    }),
    runs,
  );
});

test("another Deny never gives access", () => {
  fc.assert(
    fc.property(scene, place, identityStatement, keyStatement, (before, where, mine, keys) => {
      const after = added(before, where, { ...mine, Effect: "Deny" }, { ...keys, Effect: "Deny" });
      return allowed(before) || !allowed(after);
    }),
    runs,
  );
});

test("the order of statements and of policies does not matter", () => {
  fc.assert(
    fc.property(scene, (before) => {
      const turned = <T>(statements: T[] | undefined) => statements?.toReversed();
      const after = {
        ...before,
        identity: before.identity.map((statements) => statements.toReversed()).toReversed(),
        boundary: turned(before.boundary),
        session: turned(before.session),
        control: turned(before.control),
        policy: before.policy.toReversed(),
      };
      return allowed(before) === allowed(after);
    }),
    runs,
  );
});

test("a stricter condition on an Allow never widens, on a Deny never narrows access", () => {
  fc.assert(
    fc.property(scene, fc.nat(3), condition, (before, index, { operator, key: name, values }) => {
      const at = index % before.policy.length;
      const statement = before.policy[at]!;
      const block = structuredClone(statement.Condition) as Record<string, Record<string, string[]>>;
      if (block[operator]?.[name]) return true;
      (block[operator] ??= {})[name] = values;
      const after = { ...before, policy: before.policy.with(at, { ...statement, Condition: block }) };
      return statement.Effect === "Allow" ? allowed(before) || !allowed(after) : !allowed(before) || allowed(after);
    }),
    runs,
  );
});

test("a limit that is added never gives access", () => {
  fc.assert(
    fc.property(scene, one("boundary", "session", "control"), some(identityStatement), (before, where, statements) => {
      const without = { ...before, [where]: undefined };
      // NotPrincipal with Deny denies whoever has a boundary, so a boundary may take more away, never less.
      return allowed(without) || !allowed({ ...before, [where]: statements });
    }),
    runs,
  );
});
