import { compilePolicy } from "../src/policy/compile.ts";
import { decide } from "../src/policy/decide.ts";
import type { Question } from "../src/policy/decision.ts";
import { type RehearsedPrincipal, type RehearsedResource, rehearsedQuestion } from "../src/policy/rehearsal.ts";

/** What a compiled decision costs with its context ready, in microseconds (design, section 7). */
export interface DecisionCost {
  readonly name: string;
  readonly micros: number;
  readonly mostMicros: number;
}

const rounds = 9;
const perRound = 100_000;

const account = "111122223333";
const key = `arn:aws:kms:eu-west-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const statement = (Effect: string, Action: string | string[], more: object = {}) => ({
  Effect,
  Action,
  Resource: "*",
  ...more,
});
const document = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });
const byAccount = { Principal: { AWS: `arn:aws:iam::${account}:root` } };
const context = {
  "kms:EncryptionContext:dept": "hr",
  "aws:SecureTransport": "true",
  "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
};
const dept = { Condition: { StringLike: { "kms:EncryptionContext:dept": "h*" } } };
const tagged = { Condition: { StringEquals: { "kms:EncryptionContext:dept": "${aws:PrincipalTag/team}" } } };

const plain = question(
  {
    arn: `arn:aws:iam::${account}:user/alice`,
    policies: [document(statement("Allow", ["kms:Encrypt", "kms:Decrypt"]))],
  },
  { arn: key, policy: document(statement("Allow", "kms:*", byAccount)) },
);

/** Five identity policies, a key policy of twelve statements, boundary, session policy, three levels of control. */
const heavy = question(
  {
    arn: `arn:aws:sts::${account}:assumed-role/app/s1`,
    tags: { team: "hr" },
    policies: Array.from({ length: 5 }, (_, index) =>
      document(
        statement("Allow", ["s3:*", "kms:Decrypt"]),
        statement("Deny", "kms:Encrypt", { Condition: { StringEquals: { "aws:PrincipalTag/blocked": `${index}` } } }),
        statement("Allow", index === 4 ? "kms:*" : "ec2:*", tagged),
      ),
    ),
    boundary: document(statement("Allow", "*", { Condition: { Bool: { "aws:SecureTransport": "true" } } })),
    session: [document(statement("Allow", "kms:*", dept))],
    serviceControl: Array.from({ length: 3 }, () => [
      document(statement("Allow", "*")),
      document(statement("Deny", "kms:ScheduleKeyDeletion")),
    ]),
  },
  {
    arn: key,
    policy: document(
      ...Array.from({ length: 10 }, (_, index) =>
        statement(index % 3 === 0 ? "Deny" : "Allow", ["kms:Encrypt", "kms:Describe*"], {
          Principal: { AWS: `arn:aws:iam::${account}:user/other-${index}` },
          ...dept,
        }),
      ),
      statement("Deny", "kms:*", { Principal: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
      statement("Allow", "kms:*", byAccount),
    ),
  },
);

function question(principal: RehearsedPrincipal, resource: RehearsedResource): Question {
  const made = rehearsedQuestion(principal, resource, { action: "kms:Encrypt", context });
  if (!decide(made).allowed) throw new Error("the bench asks what is allowed");
  return made;
}

/** A policy of many statements that do not concern the call: it must cost what the plain one costs. */
const crowded = {
  ...plain,
  resourcePolicy: {
    name: "key policy",
    policy: compilePolicy(
      JSON.stringify(
        document(
          ...Array.from({ length: 150 }, (_, index) =>
            statement("Allow", "kms:Sign", { Principal: { AWS: `arn:aws:iam::${account}:user/u${index}` } }),
          ),
          statement("Allow", "kms:*", byAccount),
        ),
      ),
      "key",
    ),
  },
};

export function measureDecisions(): DecisionCost[] {
  return [
    { name: "plain", micros: cost(plain), mostMicros: 3 },
    { name: "plain, beside 150 statements about other actions", micros: cost(crowded), mostMicros: 3 },
    { name: "heavy", micros: cost(heavy), mostMicros: 10 },
  ];
}

function cost(asked: Question): number {
  const samples: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const begin = performance.now();
    for (let index = 0; index < perRound; index++) decide(asked);
    // The first round warms up.
    if (round >= 0) samples.push(((performance.now() - begin) * 1000) / perRound);
  }
  return samples.sort((a, b) => a - b)[Math.floor(samples.length / 2)]!;
}
