import { AwsError } from "../../errors.ts";
import { compilePolicy, PolicyGrammarError } from "../../policy/compile.ts";

export const malformed = (message: string): never => {
  throw new AwsError("MalformedPolicyDocumentException", message, 400);
};

/** Characters that are not white space: what AWS's limits count. */
export const policySize = (text: string): number => text.replace(/\s/g, "").length;

/** As answers carry documents: RFC 3986, everything but unreserved characters escaped. */
export const encodedDocument = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

type Statement = Readonly<Record<string, unknown>>;

const listOf = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat());

/** Statements as written; undefined when the document has none that could be read. */
export function statementsOf(text: string, invalidJson: string): Statement[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return malformed(invalidJson);
  }
  const { Version, Statement } = isObject(document) ? document : malformed("Syntax errors in policy.");
  if (Version !== undefined && Version !== "2012-10-17" && Version !== "2008-10-17")
    malformed("Policy document must be version 2012-10-17 or greater.");
  const statements = listOf(Statement);
  return statements.length > 0 && statements.every(isObject) ? statements : malformed("Syntax errors in policy.");
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What is wrong with a statement of an identity policy, in AWS's words; undefined: nothing of this. */
type Complaint = (statement: Statement) => string | undefined;

const resourcesOf = ({ Resource, NotResource }: Statement): string[] =>
  [...listOf(Resource), ...listOf(NotResource)].filter((one) => typeof one === "string");

const complaints: readonly Complaint[] = [
  (statement) =>
    "Principal" in statement || "NotPrincipal" in statement
      ? "Policy document should not specify a principal."
      : undefined,
  ({ Effect }) => (Effect === "Allow" || Effect === "Deny" ? undefined : "Syntax errors in policy."),
  (statement) =>
    "Action" in statement || "NotAction" in statement ? undefined : "Policy statement must contain actions.",
  (statement) =>
    "Resource" in statement || "NotResource" in statement ? undefined : "Policy statement must contain resources.",
  ({ Sid }) =>
    Sid === undefined || (typeof Sid === "string" && /^[0-9A-Za-z]*$/.test(Sid))
      ? undefined
      : "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
  ({ Action, NotAction }) =>
    [...listOf(Action), ...listOf(NotAction)].some(
      (action) => typeof action === "string" && action !== "*" && !/^[^:]+:/.test(action),
    )
      ? "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
      : undefined,
  (statement) => resourcesOf(statement).map(resourceComplaint).find(Boolean),
];

function resourceComplaint(resource: string): string | undefined {
  if (/^\*+$/.test(resource)) return undefined;
  const [arn, partition = "", vendor = "", region = ""] = resource.split(":", 4);
  if (arn !== "arn" || vendor === "") return `Resource ${resource} must be in ARN format or "*".`;
  if (!/^(aws|aws-cn|aws-us-gov|\*)$/.test(partition))
    return `Partition "${partition}" is not valid for resource "${resource}".`;
  if (vendor !== "*" && /[*?]/.test(vendor))
    return "Resource vendor must be fully qualified and cannot contain regexes.";
  if (vendor === "iam" && region !== "" && region !== "*")
    return `IAM resource ${resource} cannot contain region information.`;
  return undefined;
}

/** Checks the document of an identity policy. Throws MalformedPolicyDocument in AWS's words. */
export function acceptDocument(text: string): string {
  const statements = statementsOf(text, "Syntax errors in policy.");
  for (const statement of statements)
    for (const complaint of complaints) {
      const message = complaint(statement);
      if (message !== undefined) malformed(message);
    }
  const sids = statements.flatMap(({ Sid }) => (Sid === undefined || Sid === "" ? [] : [Sid]));
  if (new Set(sids).size < sids.length) malformed("Statement IDs (SID) in a single policy must be unique.");
  try {
    compilePolicy(text, "identity");
  } catch (error) {
    if (error instanceof PolicyGrammarError) return malformed("Syntax errors in policy.");
    throw error;
  }
  return text;
}
