import type { PolicyType, Question } from "../../policy/decision.ts";
import { explain, type Participant, participants } from "../../policy/explain.ts";
import { explanationFor, isOrganizations, shownTo } from "../../policy/explanation.ts";

const types: Readonly<Record<PolicyType, string>> = {
  "identity-based policy": "IDENTITY_BASED_POLICY",
  "resource-based policy": "RESOURCE_BASED_POLICY",
  "permissions boundary": "PERMISSIONS_BOUNDARY",
  "session policy": "SESSION_POLICY",
  "service control policy": "SERVICE_CONTROL_POLICY",
  "resource control policy": "RESOURCE_CONTROL_POLICY",
  "role trust policy": "RESOURCE_BASED_POLICY",
  grant: "RESOURCE_BASED_POLICY",
};

const effects = { allow: "ALLOW", "explicit deny": "EXPLICIT_DENY", "implicit deny": "IMPLICIT_DENY" } as const;

interface Shown extends Participant {
  /** Its ARN, or a name that is good within this decision alone. */
  readonly uri: string;
}

function shown(question: Question, account: string): Shown[] {
  const shows = shownTo(account, question);
  return participants(question)
    .map((one, index) => ({ ...one, uri: one.source.arn ?? `urn:policy:${index + 1}` }))
    .filter(({ type }) => shows(type));
}

/** Shapes of iam.md, section 2.3. */
export function authorizationDetails(question: Question, account: string): object {
  const { because, context } = explanationFor(account, question);
  const policies = shown(question, account);
  const statements = explain(question).filter(({ applies }) => applies);
  const matched = policies.flatMap(({ uri, type, source }) => {
    const matching = statements.filter((one) => one.type === type && one.policy === source.name);
    const matchedStatements = matching.map(({ statement, effect }) => ({
      sid: statement,
      evaluatedEffect: effect.toUpperCase(),
    }));
    return matchedStatements.length === 0 ? [] : [{ uri, matchedStatements }];
  });
  return {
    requestContext: Object.fromEntries(Object.entries(context).map(([name, value]) => [name, JSON.stringify(value)])),
    evaluations: [
      {
        action: question.action,
        resource: question.resource,
        context: {},
        evaluatedEffect: effects[because.effect],
        matchedPolicies: matched,
      },
    ],
    policies: policies.map(({ type, source, uri }) => ({
      type: types[type],
      inline: source.arn === undefined,
      uri,
      attachedTo: attachedTo(type, question),
    })),
  };
}

function attachedTo(type: PolicyType, { caller, resource }: Question): object[] {
  if (isOrganizations(type)) return [];
  return [{ arn: types[type] === "RESOURCE_BASED_POLICY" ? resource : caller.principalArn }];
}

/** The document as it was when the call was decided; an organization's are its management account's to read. */
export const policyText = (question: Question, account: string, uri: string): string | undefined =>
  shown(question, account).find((one) => one.uri === uri && !isOrganizations(one.type))?.source.policy.text;
