import type { Tag } from "../../identity/entities.ts";
import { anyOne, anyRun, type Glob, literal, matches, PolicyTooCostly, startCounting } from "../../policy/glob.ts";
import { refuse } from "../../errors.ts";
import { invalidValue } from "./refuse-ec2.ts";

export interface Filter {
  Name?: string;
  Values?: string[];
}

/** What a filter is compared with; several values match when one does, none matches nothing. */
type Read<T> = (resource: T) => string | readonly string[] | undefined;

/** The filters of one kind of resource by name; those about tags stand for themselves. */
export type FilterFields<T> = Readonly<Record<string, Read<T>>>;

const valuesMost = 200;
const valueLengthMost = 1024;

/**
 * `Filter.N`: each must hold, by one of its values. Letter case counts; `*` and `?` stand for anything, `\` before them
 * for themselves. Throws InvalidParameterValue for a filter that the operation does not have.
 */
export function compileFilters<T extends { readonly tags: readonly Tag[] }>(
  filters: readonly Filter[] | undefined,
  fields: FilterFields<T>,
): (resource: T) => boolean {
  const given = filters ?? [];
  if (given.reduce((sum, { Values = [] }) => sum + Values.length, 0) > valuesMost)
    refuse("FilterLimitExceeded", `The maximum number of filter values specified on a single call is ${valuesMost}`);
  const tests = given.map(({ Name, Values }) => {
    const read = reader(Name, fields);
    if (!Values || Values.length === 0) invalidValue(`The filter '${Name}' must have at least one value`);
    const holds = valueTest(Values ?? []);
    return (resource: T): boolean => {
      const found = read(resource);
      return typeof found === "string" ? holds(found) : (found ?? []).some(holds);
    };
  });
  if (tests.length > 0) startCounting();
  return (resource) => bounded(() => tests.every((test) => test(resource)));
}

function reader<T extends { readonly tags: readonly Tag[] }>(
  name: string | undefined,
  fields: FilterFields<T>,
): Read<T> {
  if (name === "tag-key") return ({ tags }) => tags.map(({ Key }) => Key);
  if (name === "tag-value") return ({ tags }) => tags.map(({ Value }) => Value);
  if (name?.startsWith("tag:")) {
    const key = name.slice("tag:".length);
    return ({ tags }) => tags.find(({ Key }) => Key === key)?.Value;
  }
  if (name !== undefined && Object.hasOwn(fields, name)) return fields[name]!;
  return invalidValue(`The filter '${(name ?? "null").slice(0, 128)}' is invalid`);
}

/** Exact values are looked up; patterns are matched in steps that are counted, whatever the values are. */
function valueTest(values: readonly string[]): (value: string) => boolean {
  const exact = new Set<string>();
  const patterns: Glob[] = [];
  for (const value of values) {
    if (value.length > valueLengthMost) invalidValue("A filter value is too long");
    const pattern = patternOf(value);
    if (pattern.some((part) => part === anyRun || part === anyOne)) patterns.push(pattern);
    else exact.add(String.fromCharCode(...pattern));
  }
  return (value) => exact.has(value) || patterns.some((pattern) => matches(pattern, value));
}

function patternOf(value: string): Glob {
  const pattern: number[] = [];
  for (let at = 0; at < value.length; at++) {
    const char = value[at]!;
    if (char === "\\" && at + 1 < value.length) literal(value[++at]!, pattern);
    else if (char === "*") pattern.push(anyRun);
    else if (char === "?") pattern.push(anyOne);
    else literal(char, pattern);
  }
  return pattern;
}

function bounded(test: () => boolean): boolean {
  try {
    return test();
  } catch (error) {
    if (!(error instanceof PolicyTooCostly)) throw error;
    return refuse("RequestLimitExceeded", "The filters take too long to match.", 503);
  }
}
