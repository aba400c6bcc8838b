import { refuse } from "../../errors.ts";
import { dimensionOf, type Line } from "./lines.ts";

interface Values {
  Key?: string;
  Values?: string[];
  MatchOptions?: string[];
}

/** Cost Explorer's Expression: exactly one of its members. */
export interface Expression {
  Or?: Expression[];
  And?: Expression[];
  Not?: Expression;
  Dimensions?: Values;
  Tags?: Values;
  CostCategories?: Values;
}

export type Matches = (line: Line) => boolean;

/** Expressions in one filter, whatever their depth. */
const expressionsMost = 500;

/** Throws ValidationException for what is no filter. */
export function readFilter(filter: Expression | undefined): Matches {
  return filter === undefined ? () => true : compile(filter, { left: expressionsMost });
}

function compile(expression: Expression, budget: { left: number }): Matches {
  budget.left -= 1;
  if (budget.left < 0) invalid("The filter has too many expressions");
  const members = Object.values(expression).filter((member) => member !== undefined);
  if (members.length !== 1) invalid("Expression must have exactly one root operator or operand");
  const { And, Or, Not, Dimensions, Tags } = expression;
  if (And) {
    const all = several("And", And, budget);
    return (line) => all.every((matches) => matches(line));
  }
  if (Or) {
    const any = several("Or", Or, budget);
    return (line) => any.some((matches) => matches(line));
  }
  if (Not) {
    const matches = compile(Not, budget);
    return (line) => !matches(line);
  }
  if (Dimensions) {
    const { Key = invalid("Dimensions need a Key") } = Dimensions;
    return comparing(Dimensions, (line) => dimensionOf(Key, line));
  }
  if (Tags) {
    const { Key = invalid("Tags need a Key") } = Tags;
    return comparing(Tags, ({ tags }) => (Object.hasOwn(tags, Key) ? (tags[Key] ?? "") : ""));
  }
  // There are no cost categories here: nothing is in one.
  return comparing(expression.CostCategories ?? {}, () => "");
}

function several(name: string, expressions: readonly Expression[], budget: { left: number }): Matches[] {
  if (expressions.length < 2) invalid(`${name} must have at least two expressions`);
  return expressions.map((expression) => compile(expression, budget));
}

type Compare = (value: string, wanted: string) => boolean;

const comparisons: Readonly<Record<string, Compare>> = {
  EQUALS: (value, wanted) => value === wanted,
  STARTS_WITH: (value, wanted) => value.startsWith(wanted),
  ENDS_WITH: (value, wanted) => value.endsWith(wanted),
  CONTAINS: (value, wanted) => value.includes(wanted),
};

/** Without MatchOptions, values are equal, letter by letter. */
function comparing(
  { Values: values = [], MatchOptions: options = [] }: Values,
  valueOf: (line: Line) => string,
): Matches {
  if (options.includes("ABSENT")) {
    if (values.length > 0) invalid("Values cannot be given with the match option ABSENT");
    return (line) => valueOf(line) === "";
  }
  if (options.includes("GREATER_THAN_OR_EQUAL")) invalid("GREATER_THAN_OR_EQUAL is not supported here");
  if (values.length === 0) invalid("Values must not be empty");
  const kinds = options.filter((option) => option in comparisons);
  if (kinds.length > 1) invalid(`The match options ${kinds.join(" and ")} exclude each other`);
  const compare = comparisons[kinds[0] ?? "EQUALS"] ?? invalid("MatchOptions are not valid");
  const folded = (text: string) => (options.includes("CASE_INSENSITIVE") ? text.toLowerCase() : text);
  const wanted = values.map(folded);
  return (line) => {
    const value = folded(valueOf(line));
    return wanted.some((one) => compare(value, one));
  };
}

const invalid = (message: string): never => refuse("ValidationException", message);
