import { AwsError } from "../errors.ts";
import { lengthRules, type Rule, simpleRules } from "./validate.ts";
import type { Constraint, ServiceTable, TableMember, TableType } from "./table.ts";

/** Adds a sentence for everything that is wrong with `value` at `path`. */
export type Check = (value: unknown, path: string, problems: string[]) => void;

/** At most this many sentences are written out, each value up to this length: a hostile request makes no long answer. */
const problemsMost = 20;
const valueLengthMost = 1024;

/**
 * The service's first layer: AWS's constraint sentences ("1 validation error detected: Value '0' at 'numberOfBytes'
 * failed to satisfy constraint: …", kms.md section 0). Sensitive members print no value.
 */
export function structureCheck(table: ServiceTable, name: string, made: Map<string, Check> = new Map()): Check {
  const found = made.get(name);
  if (found) return found;
  let members: Check[] = [];
  const check: Check = (value, path, problems) => {
    for (const member of members) member(value, path, problems);
  };
  made.set(name, check);
  members = Object.entries(table.structures[name] ?? {}).flatMap(([member, entry]) => {
    const compiled = memberCheck(table, member, entry, made);
    return compiled ? [compiled] : [];
  });
  return check;
}

function memberCheck(
  table: ServiceTable,
  name: string,
  entry: TableMember,
  made: Map<string, Check>,
): Check | undefined {
  const shown = name.charAt(0).toLowerCase() + name.slice(1);
  const inner = valueCheck(table, entry.t, entry.c, entry.x === 1, made);
  const required = entry.r === 1;
  if (!inner && !required) return undefined;
  return (structure, path, problems) => {
    const value = (structure as Record<string, unknown>)[name];
    if (value !== undefined) inner?.(value, path + shown, problems);
    else if (required) add(problems, "Value null", path + shown, "Member must not be null");
  };
}

function valueCheck(
  table: ServiceTable,
  type: TableType,
  limits: Constraint | undefined,
  hidden: boolean,
  made: Map<string, Check>,
): Check | undefined {
  if (typeof type === "string") return reported(simpleRules(type, limits), hidden);
  if ("S" in type) {
    const inner = structureCheck(table, type.S, made);
    return (value, path, problems) => inner(value, `${path}.`, problems);
  }
  if ("L" in type) return listCheck(table, type.L, limits, hidden, made);
  return mapCheck(type.M, limits, hidden);
}

/** Structures in a list are named one by one (`tags.1.member.tagKey`); of anything else the list is named as a whole. */
function listCheck(
  table: ServiceTable,
  element: TableType,
  limits: Constraint | undefined,
  hidden: boolean,
  made: Map<string, Check>,
): Check | undefined {
  const size = reported(
    lengthRules(limits, (value) => (value as unknown[]).length),
    hidden || typeof element !== "string",
  );
  if (typeof element !== "string") {
    const inner = valueCheck(table, element, limits?.each, hidden, made);
    return (list, path, problems) => {
      size?.(list, path, problems);
      (list as unknown[]).forEach((item, index) => inner?.(item, `${path}.${index + 1}.member`, problems));
    };
  }
  const rules = simpleRules(element, limits?.each);
  if (!size && rules.length === 0) return undefined;
  const sentence = `Member must satisfy constraint: [${rules.map((rule) => rule.sentence).join(", ")}]`;
  return (list, path, problems) => {
    size?.(list, path, problems);
    const broken = (list as unknown[]).some((item) => rules.some((rule) => !rule.holds(item)));
    if (broken) add(problems, shownValue(list, hidden), path, sentence);
  };
}

function mapCheck(valueType: TableType, limits: Constraint | undefined, hidden: boolean): Check | undefined {
  const size = reported(
    lengthRules(limits, (value) => Object.keys(value as object).length),
    true,
  );
  const sides = [
    { name: "keys", of: Object.keys, rules: simpleRules("s", limits?.key) },
    {
      name: "value",
      of: Object.values,
      rules: typeof valueType === "string" ? simpleRules(valueType, limits?.value) : [],
    },
  ].filter(({ rules }) => rules.length > 0);
  if (!size && sides.length === 0) return undefined;
  return (map, path, problems) => {
    size?.(map, path, problems);
    for (const { name, of, rules } of sides) {
      const broken = of(map as object).some((item: unknown) => rules.some((rule) => !rule.holds(item)));
      const sentence = `Map ${name} must satisfy constraint: [${rules.map((rule) => rule.sentence).join(", ")}]`;
      if (broken) add(problems, shownValue(map, hidden), path, sentence);
    }
  };
}

function reported(rules: readonly Rule[], hidden: boolean): Check | undefined {
  if (rules.length === 0) return undefined;
  return (value, path, problems) => {
    for (const rule of rules) if (!rule.holds(value)) add(problems, shownValue(value, hidden), path, rule.sentence);
  };
}

function add(problems: string[], value: string, path: string, sentence: string): void {
  problems.push(
    problems.length < problemsMost ? `${value} at '${path}' failed to satisfy constraint: ${sentence}` : "",
  );
}

/** `Value '…'`; structures and sensitive values are not shown. */
const shownValue = (value: unknown, hidden: boolean): string => (hidden ? "Value" : `Value '${printed(value)}'`);

function printed(value: unknown): string {
  if (Buffer.isBuffer(value)) return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`;
  if (Array.isArray(value)) return `[${value.slice(0, problemsMost).map(printed).join(", ")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .slice(0, problemsMost)
      .map(([name, held]) => `${name}=${printed(held)}`)
      .join(", ")}}`;
  return String(value).slice(0, valueLengthMost);
}

/** Throws AwsError ValidationException when there is any problem. */
export function refuseProblems(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const errors =
    problems.length === 1 ? "1 validation error detected" : `${problems.length} validation errors detected`;
  throw new AwsError("ValidationException", `${errors}: ${problems.filter((text) => text !== "").join("; ")}`);
}
