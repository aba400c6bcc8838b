import { parsePolicy, type PolicyKind, type WrittenStatement } from "./grammar.ts";
import { glob, matches, startCounting } from "./glob.ts";

/** What is legal and dangerous, or legal and without effect. */
export interface Finding {
  readonly rule: string;
  /** The Sid, or `Statement 2`; absent: the whole document. */
  readonly statement?: string;
  readonly says: string;
}

type Check = (statement: WrittenStatement, document: Document) => string | undefined;

interface Document {
  readonly kind: PolicyKind;
  readonly statements: readonly WrittenStatement[];
  readonly variables: boolean;
}

const everybody = ({ Principal }: WrittenStatement): boolean =>
  Principal === "*" || (typeof Principal === "object" && (Principal.AWS?.includes("*") ?? false));

/** Several values by nature (iam.md, section 1.5): an operator for one never matches them. */
const several = /^(kms:(encryptioncontextkeys|grantoperations|resourcealiases)|aws:(tagkeys|calledvia|\w*orgpaths))$/i;

/** A condition that holds the call to somebody: who calls, from which account, organization or service. */
const narrows =
  /^(aws:(principal(arn|account|orgid|orgpaths|tag\/.*)|source(arn|account|orgid|vpc|vpce|ip)|userid)|kms:(calleraccount|viaservice))$/i;

const covers = (patterns: readonly string[] | undefined, action: string): boolean =>
  (patterns ?? []).some((pattern) => matches(glob(pattern.toLowerCase()), action.toLowerCase()));

const rules: Readonly<Record<string, Check>> = {
  "open-to-everybody": (one) =>
    one.Effect === "Allow" && everybody(one) && !one.Condition.some(({ key }) => narrows.test(key))
      ? "allows everybody, in every account whose own policies agree: add a condition on who calls"
      : undefined,
  "not-principal-allow": ({ Effect, NotPrincipal }) =>
    Effect === "Allow" && NotPrincipal !== undefined
      ? "NotPrincipal with Allow gives to everybody who is not listed"
      : undefined,
  "not-action-allow": ({ Effect, NotAction }) =>
    Effect === "Allow" && NotAction ? "NotAction with Allow gives every action that AWS will ever add" : undefined,
  "for-all-values-allow": ({ Effect, Condition }) =>
    Effect === "Allow"
      ? keysOf(Condition, /^forallvalues:/i, "ForAllValues is true for a call that lacks the key")
      : undefined,
  "if-exists-allow": ({ Effect, Condition }) =>
    Effect === "Allow" ? keysOf(Condition, /ifexists$/i, "…IfExists is true for a call that lacks the key") : undefined,
  "no-resource": ({ Resource, NotResource }, { kind }) =>
    !Resource && !NotResource && kind !== "trust" ? "has no Resource, and so no effect" : undefined,
  "no-action": ({ Action, NotAction }) => (!Action && !NotAction ? "has no Action, and so no effect" : undefined),
  "wildcard-in-principal": ({ Principal, NotPrincipal }) => {
    const named = [Principal, NotPrincipal].flatMap((one) =>
      typeof one === "object" ? Object.values(one).flat() : [],
    );
    const wild = named.find((name) => name !== "*" && /[*?]/.test(name));
    return wild === undefined ? undefined : `"${wild}" names nobody: there are no partial wildcards in a principal`;
  },
  "foreign-action": ({ Action }, { kind }) => {
    const own = kind === "key" ? "kms" : kind === "trust" ? "sts" : undefined;
    const foreign = own && Action?.find((action) => !covers([action.split(":", 1)[0] ?? ""], own) && action !== "*");
    return foreign ? `"${foreign}" is never asked for here: this policy is asked about ${own}: alone` : undefined;
  },
  "iam-only-action": ({ Action }, { kind }) => {
    const only =
      kind === "key" &&
      Action?.find((action) =>
        /^kms:(CreateKey|ListKeys|ListAliases|GenerateRandom|ListRetirableGrants|\w+CustomKeyStores?)$/i.test(action),
      );
    return only ? `"${only}" is decided by IAM policies alone: in a key policy it has no effect` : undefined;
  },
  "other-resource": ({ Resource }, { kind }) =>
    kind === "key" && Resource && !Resource.includes("*")
      ? 'a key policy is about its own key: Resource is "*"'
      : undefined,
  "several-values": ({ Condition }) =>
    Condition.filter(({ operator, key }) => several.test(key) && !/^(for(all|any)|null$)/i.test(operator))
      .map(
        ({ operator, key }) =>
          `${operator} never matches ${key}, which has several values: use ForAnyValue or ForAllValues`,
      )
      .at(0),
  "identity-key-only": ({ Condition }, { kind }) =>
    kind === "key" && Condition.some(({ key }) => key.toLowerCase() === "kms:resourcealiases")
      ? "kms:ResourceAliases is not there in a key policy: the condition never holds as meant"
      : undefined,
  "no-variables": (one, { variables }) =>
    !variables && /\$\{[^}]/.test(JSON.stringify([one.Resource, one.NotResource, one.Condition]))
      ? 'variables are replaced in policies of Version "2012-10-17" alone'
      : undefined,
  "bad-boolean": ({ Condition }) =>
    Condition.filter(
      ({ operator, values }) =>
        /^(\w+:)?(bool(ifexists)?|null)$/i.test(operator) && !values.every((value) => /^(true|false)$/i.test(value)),
    )
      .map(({ operator, key }) => `${operator} of ${key} compares with true and false alone`)
      .at(0),
  contradiction: ({ Condition }) => {
    const equals = Condition.filter(({ operator }) => /^(stringequals|bool|numericequals|arnequals)$/i.test(operator));
    const clash = equals.find((one) =>
      equals.some(
        (two) =>
          one.key.toLowerCase() === two.key.toLowerCase() && !one.values.some((value) => two.values.includes(value)),
      ),
    );
    return clash ? `${clash.key} is to equal two things at once: it never does` : undefined;
  },
  "always-denied": (one, { statements }) => {
    if (one.Effect !== "Allow" || !one.Action) return undefined;
    const denies = statements.filter(
      ({ Effect, Condition, Resource, Principal, NotPrincipal }) =>
        Effect === "Deny" &&
        Condition.length === 0 &&
        Resource?.includes("*") &&
        !NotPrincipal &&
        (Principal === undefined || Principal === "*" || (Principal.AWS?.includes("*") ?? false)),
    );
    const denied = one.Action.every((action) => denies.some(({ Action }) => covers(Action, action)));
    return denied ? "everything it allows is denied in the same policy" : undefined;
  },
};

function keysOf(conditions: WrittenStatement["Condition"], operator: RegExp, says: string): string | undefined {
  const keys = conditions.filter((one) => operator.test(one.operator)).map(({ key }) => key);
  // A Null condition beside it asks for the key.
  const open = keys.filter(
    (key) =>
      !conditions.some(
        (one) =>
          one.operator.toLowerCase() === "null" &&
          one.key.toLowerCase() === key.toLowerCase() &&
          one.values.every((value) => value.toLowerCase() === "false"),
      ),
  );
  return open.length === 0 ? undefined : `${says}: ${open.join(", ")}`;
}

/** Throws PolicyGrammarError for what is no policy. */
export function lintPolicy(text: string, kind: PolicyKind): Finding[] {
  startCounting();
  const { statements, variables } = parsePolicy(text, kind);
  const document = { kind, statements, variables };
  const found = statements.flatMap((one, index) =>
    Object.entries(rules).flatMap(([rule, check]): Finding[] => {
      const says = check(one, document);
      return says === undefined ? [] : [{ rule, statement: one.Sid || `Statement ${index + 1}`, says }];
    }),
  );
  return [...found, ...lockout(document)];
}

/** Nobody could change the policy again. */
function lockout({ kind, statements }: Document): Finding[] {
  if (kind !== "key") return [];
  const opens = statements.some(
    ({ Effect, Action, NotAction, Resource }) =>
      Effect === "Allow" &&
      Resource &&
      (covers(Action, "kms:PutKeyPolicy") || (NotAction && !covers(NotAction, "kms:PutKeyPolicy"))),
  );
  return opens
    ? []
    : [{ rule: "lockout", says: "nobody is allowed kms:PutKeyPolicy: this policy can never be changed" }];
}

/** The kind that a document looks like, where nobody says. */
export function kindOf(text: string): PolicyKind {
  const { Statement } = JSON.parse(text) as { Statement?: WrittenStatement | WrittenStatement[] };
  const all = [Statement ?? []].flat();
  if (!all.some((one) => "Principal" in one || "NotPrincipal" in one)) return "identity";
  const actions = all.flatMap((one) => [one.Action ?? []].flat());
  if (actions.some((action) => /^sts:/i.test(action))) return "trust";
  return actions.length === 0 || actions.some((action) => /^(kms:|\*$)/i.test(action)) ? "key" : "resource";
}
