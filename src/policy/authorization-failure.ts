import type { Statement } from "./compile.ts";
import { decide } from "./decide.ts";
import type { Question } from "./decision.ts";
import { explain, type Participant, participants } from "./explain.ts";
import { contextFor, isOrganizations, shownTo } from "./explanation.ts";
import type { WrittenStatement } from "./grammar.ts";

interface Items {
  readonly items: readonly object[];
}

const items = (values: readonly object[]): Items => ({ items: values });
const valued = (values: readonly string[]): Items => items(values.map((value) => ({ value })));

/**
 * A denial as STS's DecodeAuthorizationMessage tells it to the caller's account: what was asked, with the values that
 * conditions saw, and the statements that said no. Another account's policies and an organization's stay their own.
 */
export function authorizationFailure(question: Question): object {
  const { caller, action, resource } = question;
  const { effect } = decide(question).because;
  const { arn, account, userId, uniqueId, kind } = caller;
  const name = kind === "user" ? { name: arn.slice(arn.lastIndexOf("/") + 1) } : {};
  const context = Object.entries(contextFor(account, question));
  return {
    allowed: false,
    explicitDeny: effect === "explicit deny",
    matchedStatements: items(effect === "explicit deny" ? denials(question) : []),
    failures: items([]),
    context: {
      principal: { id: userId ?? uniqueId, ...name, arn },
      action,
      resource,
      conditions: items(context.map(([key, value]) => ({ key, values: valued([value].flat()) }))),
    },
  };
}

function denials(question: Question): object[] {
  const shows = shownTo(question.caller.account, question);
  const denied = explain(question).filter(({ applies, effect }) => applies && effect === "Deny");
  const said = ({ type, source }: Participant, { name }: Statement): boolean =>
    denied.some((one) => one.type === type && one.policy === source.name && one.statement === name);
  return participants(question)
    .filter(({ type }) => shows(type) && !isOrganizations(type))
    .flatMap((participant) => {
      const { statements, written } = participant.source.policy;
      return statements.flatMap((statement, index) =>
        said(participant, statement) ? [matched(written[index]!, question)] : [],
      );
    });
}

const matched = (
  { Sid = "", Effect, Action, NotAction, Resource, NotResource, Condition }: WrittenStatement,
  { caller }: Question,
): object => ({
  statementId: Sid,
  effect: Effect.toUpperCase(),
  principals: valued([caller.uniqueId]),
  principalGroups: items([]),
  ...(NotAction ? { notActions: valued(NotAction) } : { actions: valued(Action ?? []) }),
  ...(NotResource ? { notResources: valued(NotResource) } : { resources: valued(Resource ?? []) }),
  conditions: items(Condition.map(({ key, values }) => ({ key, values: valued(values) }))),
});
