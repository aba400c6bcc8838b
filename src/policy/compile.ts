import { type Condition, compileCondition } from "./conditions.ts";
import { glob, matches } from "./glob.ts";
import { parsePolicy, type PolicyKind, type WrittenStatement } from "./grammar.ts";
import { compilePrincipal, type NamedPrincipal, namedPrincipals, type PrincipalMatcher } from "./principals.ts";
import { compileOtherResources, compileResources, type ResourceMatcher } from "./resources.ts";

export { PolicyGrammarError, type PolicyKind } from "./grammar.ts";

export interface Statement {
  /** Its Sid, or `Statement 2`, counted from 1. */
  readonly name: string;
  readonly effect: "Allow" | "Deny";
  /** The action in lower case. */
  readonly action: (action: string) => boolean;
  readonly resource: ResourceMatcher;
  /** Its resources are named with variables. */
  readonly vague: boolean;
  /** Absent in identity policies. */
  readonly principal?: PrincipalMatcher;
  /** Everybody but these. */
  readonly notPrincipal?: PrincipalMatcher;
  readonly conditions: readonly Condition[];
}

/** A policy document compiled once: statements with matchers, no RegExp of the author's making. */
export interface CompiledPolicy {
  readonly statements: readonly Statement[];
  /** The statements that may concern an action, found once for each action asked about. */
  about(action: string): readonly Statement[];
  readonly principals: readonly NamedPrincipal[];
  readonly text: string;
  /** As written, for checks on what an author may say (OverlyPermissiveCondition). */
  readonly written: readonly WrittenStatement[];
}

/** The actions remembered for one policy; more than these are looked for again. */
const actionsMost = 256;

/**
 * `principals` maps an ARN that the document names to the unique id it had when it was saved.
 * Throws PolicyGrammarError.
 */
export function compilePolicy(
  text: string,
  kind: PolicyKind,
  principals: Readonly<Record<string, string>> = {},
): CompiledPolicy {
  const { statements: written, variables } = parsePolicy(text, kind);
  const statements = written.map((statement, index) => compileStatement(statement, index, kind, variables, principals));
  const byAction = new Map<string, readonly Statement[]>();
  return {
    statements,
    principals: written.flatMap(({ Principal, NotPrincipal }) => [
      ...namedPrincipals(Principal),
      ...namedPrincipals(NotPrincipal),
    ]),
    text,
    written,
    about: (action) => {
      const known = byAction.get(action);
      if (known) return known;
      const lower = action.toLowerCase();
      const found = statements.filter((statement) => statement.action(lower));
      if (byAction.size < actionsMost) byAction.set(action, found);
      return found;
    },
  };
}

function compileStatement(
  written: WrittenStatement,
  index: number,
  kind: PolicyKind,
  variables: boolean,
  saved: Readonly<Record<string, string>>,
): Statement {
  const { Sid, Effect, Principal, NotPrincipal, Condition } = written;
  return {
    name: Sid !== undefined && Sid !== "" ? Sid : `Statement ${index + 1}`,
    effect: Effect,
    action: compileActions(written),
    resource: compileResource(written, kind, variables),
    vague: variables && [...(written.Resource ?? []), ...(written.NotResource ?? [])].some((one) => one.includes("${")),
    ...(Principal !== undefined && { principal: compilePrincipal(Principal, saved) }),
    ...(NotPrincipal !== undefined && { notPrincipal: compilePrincipal(NotPrincipal, saved) }),
    conditions: Condition.map((condition) => compileCondition(condition, variables, Effect)),
  };
}

/** Actions are compared without regard to case; a statement without any (a key policy may have one) has no effect. */
function compileActions({ Action, NotAction }: WrittenStatement): Statement["action"] {
  const patterns = (Action ?? NotAction ?? []).map((action) => glob(action.toLowerCase()));
  const some = (action: string) => patterns.some((pattern) => matches(pattern, action));
  if (Action) return some;
  return NotAction ? (action) => !some(action) : () => false;
}

/** A trust policy is about its own role; elsewhere a statement without Resource has no effect. */
function compileResource(
  { Effect, Resource, NotResource }: WrittenStatement,
  kind: PolicyKind,
  variables: boolean,
): ResourceMatcher {
  if (Resource) return compileResources(Resource, variables);
  if (NotResource) return compileOtherResources(NotResource, variables, Effect);
  return () => kind === "trust";
}

export const principalsOf = (policy: CompiledPolicy): readonly NamedPrincipal[] => policy.principals;
