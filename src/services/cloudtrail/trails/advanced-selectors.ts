import { type AdvancedEventSelector, type AdvancedFieldSelector, operators } from "../../../audit/event-selectors.ts";
import { refuse } from "../../../errors.ts";

/** Whose selectors: an event data store may take more than a trail. */
export type Selecting = "trail" | "event data store";

const [selectorsMost, valuesMost] = [500, 500];

/** By event category, the fields that a selector of it may have. */
const fields: Readonly<Record<string, readonly string[]>> = {
  Management: ["eventSource", "readOnly", "eventName", "eventType", "sessionCredentialFromConsole", "userIdentity.arn"],
  Data: [
    "resources.type",
    "resources.ARN",
    "readOnly",
    "eventName",
    "eventSource",
    "eventType",
    "sessionCredentialFromConsole",
    "userIdentity.arn",
  ],
  NetworkActivity: ["eventSource", "eventName", "errorCode", "vpcEndpointId", "readOnly", "userIdentity.arn"],
};

const excludable: readonly string[] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

const invalid = (message: string): never => refuse("InvalidEventSelectorsException", message);

/** The selectors, when each is one that AWS takes. Throws InvalidEventSelectorsException. */
export function checkAdvancedSelectors(given: AdvancedEventSelector[], selecting: Selecting): AdvancedEventSelector[] {
  if (given.length === 0 || given.length > selectorsMost)
    invalid(`The number of advanced event selectors must be from 1 to ${selectorsMost}.`);
  const values = given.flatMap(({ FieldSelectors }) =>
    FieldSelectors.flatMap((field) => operators.flatMap((operator) => field[operator] ?? [])),
  );
  if (values.length > valuesMost)
    invalid(`The number of values across all advanced event selectors must not exceed ${valuesMost}.`);
  for (const selector of given) checkSelector(selector, selecting);
  return given;
}

function checkSelector({ FieldSelectors }: AdvancedEventSelector, selecting: Selecting): void {
  const names = FieldSelectors.map(({ Field }) => Field);
  if (new Set(names).size < names.length) invalid("A field must not be used more than once in an event selector.");
  for (const field of FieldSelectors)
    if (!operators.some((operator) => field[operator] !== undefined))
      invalid(`The field ${field.Field} must have an operator.`);
  const category = onlyEquals(FieldSelectors, "eventCategory");
  if (category === undefined || !Object.hasOwn(fields, category))
    return invalid("Every event selector must have eventCategory, equal to Management, Data or NetworkActivity.");
  const unknown = names.find((name) => name !== "eventCategory" && !fields[category]?.includes(name));
  if (unknown !== undefined) invalid(`The field ${unknown.slice(0, 256)} is not valid for the category ${category}.`);
  const field = (name: string) => FieldSelectors.find(({ Field }) => Field === name);
  const readOnly = field("readOnly");
  if (readOnly && !/^(true|false)$/.test(onlyEquals(FieldSelectors, "readOnly") ?? ""))
    invalid("The field readOnly must equal true or false.");
  if (category === "Data" && onlyEquals(FieldSelectors, "resources.type") === undefined)
    invalid("A selector of data events must have resources.type, equal to one value.");
  if (category === "NetworkActivity" && onlyEquals(FieldSelectors, "eventSource") === undefined)
    invalid("A selector of network activity events must have eventSource, equal to one value.");
  if (category === "Management" && selecting === "trail") checkManagement(FieldSelectors);
}

/** A trail has all management events, or those that are read-only or not, with two sources that may be left out. */
function checkManagement(selectors: readonly AdvancedFieldSelector[]): void {
  for (const { Field, ...given } of selectors) {
    if (Field === "eventCategory" || Field === "readOnly") continue;
    if (Field !== "eventSource") invalid(`The field ${Field} is not valid for management events of a trail.`);
    const { NotEquals = [], ...others } = given;
    const sources = NotEquals.every((source) => excludable.includes(source));
    if (Object.values(others).some((values) => values !== undefined) || !sources)
      invalid(`The field eventSource must not equal ${excludable.join(" or ")}; trails take no other condition on it.`);
  }
}

/** The one value that a field must equal; undefined when there is anything else. */
function onlyEquals(selectors: readonly AdvancedFieldSelector[], name: string): string | undefined {
  const field = selectors.find(({ Field }) => Field === name);
  if (!field || operators.some((operator) => operator !== "Equals" && field[operator] !== undefined)) return undefined;
  return field.Equals?.length === 1 ? field.Equals[0] : undefined;
}
