/** The document is not a policy. `reason` is ours; services answer with AWS's own words. */
export class PolicyGrammarError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "PolicyGrammarError";
  }
}

export type PolicyKind = "identity" | "session" | "key" | "resource" | "trust";

/** A statement as written, its one-or-many members as lists. */
export interface WrittenStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource?: readonly string[];
  readonly NotResource?: readonly string[];
  readonly Principal?: WrittenPrincipal;
  readonly NotPrincipal?: WrittenPrincipal;
  readonly Condition: readonly {
    readonly operator: string;
    readonly key: string;
    readonly values: readonly string[];
  }[];
}

export type WrittenPrincipal = "*" | Readonly<Record<string, readonly string[]>>;

const statementMembers = [
  "Sid",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Principal",
  "NotPrincipal",
  "Condition",
];
const documentMembers = ["Version", "Id", "Statement"];
const principalTypes = ["AWS", "Service", "Federated", "CanonicalUser"];

const broken = (reason: string): never => {
  throw new PolicyGrammarError(reason);
};

/** The document's statements and whether variables are replaced. Throws PolicyGrammarError. */
export function parsePolicy(text: string, kind: PolicyKind): { statements: WrittenStatement[]; variables: boolean } {
  if (text.length > 131_072) broken("the document is too long");
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    broken("the document is not JSON");
  }
  const members = known(document, documentMembers, "the document");
  const { Version = "2008-10-17", Id, Statement } = members;
  if (Version !== "2012-10-17" && Version !== "2008-10-17") broken("Version is 2012-10-17 or 2008-10-17");
  if (Id !== undefined && typeof Id !== "string") broken("Id is a string");
  const list = Array.isArray(Statement) ? Statement : [Statement];
  if (Statement === undefined || list.length === 0) broken("there is no Statement");
  const statements = list.map((statement) => parseStatement(statement, kind));
  const sids = statements.flatMap(({ Sid }) => (Sid === undefined || Sid === "" ? [] : [Sid]));
  if (new Set(sids).size < sids.length) broken("two statements have the same Sid");
  return { statements, variables: Version === "2012-10-17" };
}

function parseStatement(value: unknown, kind: PolicyKind): WrittenStatement {
  const written = known(value, statementMembers, "a statement");
  const { Sid, Effect } = written;
  if (Effect !== "Allow" && Effect !== "Deny") return broken("Effect is Allow or Deny");
  if (Sid !== undefined && (typeof Sid !== "string" || (kind !== "key" && !/^[A-Za-z0-9]*$/.test(Sid))))
    broken("Sid is not valid");
  const one = (a: string, b: string) => a in written && b in written && broken(`${a} and ${b} exclude each other`);
  one("Action", "NotAction");
  one("Resource", "NotResource");
  one("Principal", "NotPrincipal");
  const lists = Object.fromEntries(
    ["Action", "NotAction", "Resource", "NotResource"].flatMap((name) =>
      name in written ? [[name, strings(written[name], name)]] : [],
    ),
  ) as Pick<WrittenStatement, "Action" | "NotAction" | "Resource" | "NotResource">;
  checkShape(kind, written, lists);
  return {
    ...(typeof Sid === "string" && { Sid }),
    Effect,
    ...lists,
    ...("Principal" in written && { Principal: parsePrincipal(written.Principal) }),
    ...("NotPrincipal" in written && { NotPrincipal: parsePrincipal(written.NotPrincipal) }),
    Condition: parseConditions(written.Condition),
  };
}

/** What each kind of policy must and must not have (iam.md, section 1.3; a key policy may lack Action and Resource). */
function checkShape(kind: PolicyKind, written: Record<string, unknown>, lists: Partial<WrittenStatement>): void {
  const principal = "Principal" in written || "NotPrincipal" in written;
  if (kind === "identity" || kind === "session") {
    if (principal) broken("an identity policy has no Principal");
    if (!lists.Resource && !lists.NotResource) broken("a statement needs a Resource");
  } else if (!principal) broken("a statement needs a Principal");
  if (kind === "trust" && (lists.Resource || lists.NotResource)) broken("a trust policy has no Resource");
  if (kind === "trust" && "NotPrincipal" in written && written.Effect === "Allow")
    broken("NotPrincipal with Allow is not supported");
  if (kind !== "key" && !lists.Action && !lists.NotAction) broken("a statement needs an Action");
  for (const action of [...(lists.Action ?? []), ...(lists.NotAction ?? [])])
    if (action !== "*" && !/^[A-Za-z0-9*?-]{1,64}:[A-Za-z0-9*?_.-]{1,128}$/.test(action))
      broken(`"${action.slice(0, 64)}" is no action`);
  for (const resource of [...(lists.Resource ?? []), ...(lists.NotResource ?? [])]) checkResource(resource, kind);
}

/** A key policy's Resource is whatever its author wrote; elsewhere it is an ARN whose service is spelled out. */
function checkResource(resource: string, kind: PolicyKind): void {
  if (/^\*+$/.test(resource)) return;
  if (!resource.startsWith("arn:") && !resource.includes("*")) broken(`"${resource.slice(0, 64)}" is no resource`);
  const [, , service = ""] = resource.split(":", 3);
  if (kind !== "key" && /[*?]/.test(service)) broken(`"${resource.slice(0, 64)}" names no service`);
}

function parsePrincipal(value: unknown): WrittenPrincipal {
  if (value === "*") return "*";
  const written = known(value, principalTypes, "a Principal");
  if (Object.keys(written).length === 0) broken("a Principal names nobody");
  return Object.fromEntries(Object.entries(written).map(([type, names]) => [type, strings(names, type)]));
}

function parseConditions(value: unknown): WrittenStatement["Condition"] {
  if (value === undefined) return [];
  return Object.entries(objectOf(value, "Condition")).flatMap(([operator, keys]) =>
    Object.entries(objectOf(keys, operator)).map(([key, values]) => ({ operator, key, values: scalars(values, key) })),
  );
}

function scalars(value: unknown, name: string): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) =>
    ["string", "number", "boolean"].includes(typeof item) ? String(item) : broken(`the values of ${name} are strings`),
  );
}

function strings(value: unknown, name: string): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) broken(`${name} is empty`);
  return list.map((item) =>
    typeof item === "string" && item !== "" ? item : broken(`${name} is a string or a list of strings`),
  );
}

function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return broken(`${name} is an object`);
  return value as Record<string, unknown>;
}

function known(value: unknown, members: readonly string[], name: string): Record<string, unknown> {
  const written = objectOf(value, name);
  for (const member of Object.keys(written))
    if (!members.includes(member)) broken(`${name} has no member "${member.slice(0, 64)}"`);
  return written;
}
