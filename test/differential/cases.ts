import type { Asked, RehearsedPrincipal, RehearsedResource } from "../../src/policy/rehearsal.ts";

/** One random question with everything that is written about it. */
export interface RandomCase {
  readonly principal: RehearsedPrincipal;
  readonly resource: RehearsedResource;
  readonly asked: Asked;
}

type Document = Record<string, unknown>;

const account = "111122223333";
const other = "444455556666";
const key = `arn:aws:kms:eu-west-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const iam = (name: string, of = account) => `arn:aws:iam::${of}:${name}`;

const callers: readonly RehearsedPrincipal[] = [
  { arn: iam("user/alice") },
  { arn: iam("user/alice"), tags: { team: "hr" } },
  { arn: iam("user/bob"), tags: { team: "h*" } },
  { arn: `arn:aws:sts::${account}:assumed-role/app/s1`, of: iam("role/app") },
  { arn: `arn:aws:sts::${account}:assumed-role/app/s1`, of: iam("role/app"), tags: { team: "it" } },
  { arn: iam("user/carol", other), tags: { team: "hr" } },
  { arn: `arn:aws:sts::${other}:assumed-role/visitor/s1`, of: iam("role/visitor", other) },
];

const principals: readonly unknown[] = [
  "*",
  { AWS: "*" },
  { AWS: account },
  { AWS: iam("root") },
  { AWS: iam("root") },
  { AWS: iam("user/alice") },
  { AWS: [iam("user/bob"), iam("user/alice")] },
  { AWS: iam("role/app") },
  { AWS: `arn:aws:sts::${account}:assumed-role/app/s1` },
  { AWS: [iam("root", other), iam("root")] },
  { AWS: iam("user/carol", other) },
  { AWS: iam("role/visitor", other) },
  { Service: "ec2.amazonaws.com" },
];

const conditions: readonly Document[] = [
  { StringEquals: { "kms:EncryptionAlgorithm": "hr" } },
  { StringEquals: { "kms:EncryptionAlgorithm": ["hr", "it"] } },
  { StringNotEquals: { "kms:EncryptionAlgorithm": "hr" } },
  { StringLike: { "kms:EncryptionAlgorithm": "h*" } },
  { StringNotLike: { "kms:EncryptionAlgorithm": "h?" } },
  { StringEqualsIgnoreCase: { "kms:EncryptionAlgorithm": "HR" } },
  { StringEqualsIfExists: { "kms:EncryptionAlgorithm": "hr" } },
  { StringNotEqualsIfExists: { "kms:EncryptionAlgorithm": "hr" } },
  { StringEquals: { "kms:EncryptionAlgorithm": "${aws:PrincipalTag/team}" } },
  { StringLike: { "kms:EncryptionAlgorithm": "${aws:PrincipalTag/team}*" } },
  { StringEquals: { "kms:EncryptionAlgorithm": "${aws:PrincipalTag/team, 'hr'}" } },
  { Null: { "kms:EncryptionAlgorithm": "true" } },
  { Null: { "kms:EncryptionAlgorithm": "false" } },
  { "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": ["dept", "case"] } },
  { "ForAnyValue:StringEquals": { "kms:EncryptionContextKeys": ["dept", "case"] } },
  { "ForAnyValue:StringLike": { "kms:EncryptionContextKeys": "d*" } },
  { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/*" } },
  { ArnEquals: { "aws:PrincipalArn": iam("user/alice") } },
  { ArnNotLike: { "aws:PrincipalArn": `arn:aws:iam::${account}:*` } },
  { Bool: { "aws:SecureTransport": "true" } },
  { BoolIfExists: { "aws:SecureTransport": "false" } },
  { IpAddress: { "aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"] } },
  { NotIpAddress: { "aws:SourceIp": "203.0.113.0/25" } },
  { DateGreaterThan: { "aws:CurrentTime": "2026-01-01T00:00:00Z" } },
  { DateLessThanEquals: { "aws:CurrentTime": "1767225600" } },
  { NumericLessThan: { "aws:EpochTime": "1767225600" } },
  { StringEquals: { "kms:CallerAccount": account } },
  { StringEquals: { "aws:PrincipalAccount": [account, other] } },
];

const contexts: readonly (readonly [string, readonly (string | readonly string[])[]])[] = [
  ["kms:EncryptionAlgorithm", ["hr", "HR", "it", "h*", "hrx", ""]],
  ["kms:EncryptionContextKeys", [["dept"], ["dept", "x"], ["x"], ["Dept"]]],
  ["aws:SecureTransport", ["true", "false"]],
  ["aws:SourceIp", ["203.0.113.5", "203.0.113.200", "198.51.100.1", "2001:db8::7"]],
  ["aws:CurrentTime", ["2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z"]],
  ["aws:EpochTime", ["1767225599", "1767225600"]],
];

const actions = ["kms:*", "kms:*", "kms:Encrypt", "kms:encrypt", "kms:De*", "kms:GenerateDataKey?*", "s3:*"];
const resources = [
  "*",
  "*",
  key,
  key.replace("1234abcd", "*"),
  `arn:aws:kms:*:${account}:key/*`,
  `arn:aws:kms:eu-west-1:${other}:key/*`,
];

/** Case number `n`, the same on every run. */
export function randomCase(n: number): RandomCase {
  const random = seeded(n + 1);
  const below = (count: number) => Math.floor(random() * count);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  const chance = (share: number) => random() < share;
  const several = <T>(most: number, make: () => T): T[] => Array.from({ length: 1 + below(most) }, make);

  const condition = (): Document =>
    chance(0.35) ? { Condition: Object.assign({}, ...several(2, () => pick(conditions))) } : {};
  const action = (): Document => ({ [chance(0.1) ? "NotAction" : "Action"]: several(2, () => pick(actions)) });
  const effect = (denies: number): Document => ({ Effect: chance(denies) ? "Deny" : "Allow" });
  const document = (statements: Document[]): Document => ({
    Version: chance(0.9) ? "2012-10-17" : "2008-10-17",
    Statement: statements,
  });
  const identity = (): Document =>
    document(
      several(3, () => ({
        ...effect(0.12),
        ...action(),
        [chance(0.1) ? "NotResource" : "Resource"]: pick(resources),
        ...condition(),
      })),
    );
  const keyStatement = (): Document => {
    const denies = chance(0.15);
    const named = denies && chance(0.3) ? "NotPrincipal" : "Principal";
    return { ...effect(denies ? 1 : 0), [named]: pick(principals), ...action(), Resource: "*", ...condition() };
  };
  const control = (): Document => ({
    ...document([{ Effect: "Deny", Principal: "*", Action: "kms:*", Resource: "*", ...condition() }]),
    Version: "2012-10-17",
  });

  const principal: RehearsedPrincipal = {
    ...pick(callers),
    policies: Array.from({ length: below(3) }, identity),
    ...(chance(0.2) && { boundary: identity() }),
    ...(chance(0.3) && { serviceControl: several(2, () => several(2, identity)) }),
  };
  const session = principal.of !== undefined && chance(0.3) ? { session: [identity()] } : {};
  const context = Object.fromEntries(contexts.filter(() => chance(0.6)).map(([name, values]) => [name, pick(values)]));
  return {
    principal: { ...principal, ...session },
    resource: {
      arn: key,
      policy: document(several(3, keyStatement)),
      ...(chance(0.15) && { resourceControl: [control()] }),
    },
    asked: { action: pick(["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"]), context },
  };
}

/** mulberry32: small, and good enough to shuffle vocabularies. */
function seeded(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
