import { AwsError } from "../errors.ts";
import type { Constraint, ServiceTable, TableMember, TableType } from "./table.ts";

/** Adds a sentence for everything that is wrong with `value` at `path`. */
export type Check = (value: unknown, path: string, problems: string[]) => void;

/** At most this many sentences are written out: a hostile request must not make a long answer. */
const problemsMost = 20;

/**
 * The service's first layer: AWS's constraint sentences ("1 validation error detected: Value '0' at 'numberOfBytes'
 * failed to satisfy constraint: …", kms.md section 0). Sensitive members print no value.
 */
export function structureCheck(table: ServiceTable, name: string): Check {
  return memoized(table, name, new Map());
}

type Checks = Map<string, Check>;

function memoized(table: ServiceTable, name: string, checks: Checks): Check {
  const found = checks.get(name);
  if (found) return found;
  let compiled: Check | undefined;
  const check: Check = (value, path, problems) => compiled?.(value, path, problems);
  checks.set(name, check);
  const members = Object.entries(table.structures[name] ?? {}).map(([member, entry]) => memberCheck(table, member, entry, checks));
  compiled = (value, path, problems) => {
    for (const member of members) member(value as Record<string, unknown>, path, problems);
  };
  return check;
}

function memberCheck(table: ServiceTable, name: string, entry: TableMember, checks: Checks) {
  const shown = name.charAt(0).toLowerCase() + name.slice(1);
  const inner = valueCheck(table, entry.t, entry.c, entry.x === 1, checks);
  return (structure: Record<string, unknown>, path: string, problems: string[]): void => {
    const value = structure[name];
    if (value === undefined) {
      if (entry.r === 1) problem(problems, "Value null", `${path}${shown}`, "Member must not be null");
    } else inner?.(value, `${path}${shown}`, problems);
  };
}

function valueCheck(table: ServiceTable, type: TableType, constraint: Constraint | undefined, hidden: boolean, checks: Checks): Check | undefined {
  if (typeof type === "string") return constraint && scalarCheck(type, constraint, hidden);
  if ("S" in type) {
    const inner = memoized(table, type.S, checks);
    return (value, path, problems) => inner(value, `${path}.`, problems);
  }
  if ("L" in type) return listCheck(valueCheck(table, type.L, constraint?.each, hidden, checks), constraint, hidden);
  const [key, value] = [constraint?.key && scalarCheck("s", constraint.key, hidden), valueCheck(table, type.M, constraint?.value, hidden, checks)];
  return (map, path, problems) => {
    const entries = Object.entries(map as Record<string, unknown>);
    sizeCheck(entries.length, map, constraint, path, problems, hidden);
    for (const [name, held] of entries) {
      key?.(name, path, problems);
      value?.(held, `${path}.${name}.member`, problems);
    }
  };
}

function listCheck(inner: Check | undefined, constraint: Constraint | undefined, hidden: boolean): Check {
  return (list, path, problems) => {
    const items = list as unknown[];
    sizeCheck(items.length, items, constraint, path, problems, hidden);
    if (inner) items.forEach((item, index) => inner(item, `${path}.${index + 1}.member`, problems));
  };
}

function scalarCheck(type: string, constraint: Constraint, hidden: boolean): Check {
  const { min, max, pattern, integer } = constraint;
  const whole = pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`, "s");
  const allowed = constraint.enum && new Set(constraint.enum);
  return (value, path, problems) => {
    const fail = (sentence: string) => problem(problems, hidden ? "Value" : `Value '${printed(value)}'`, path, sentence);
    if (type === "n") {
      if (integer && !Number.isInteger(value)) fail("Member must be an integer");
      if (min !== undefined && (value as number) < min) fail(`Member must have value greater than or equal to ${min}`);
      if (max !== undefined && (value as number) > max) fail(`Member must have value less than or equal to ${max}`);
      return;
    }
    const { length } = value as string | Buffer;
    if (min !== undefined && length < min) fail(`Member must have length greater than or equal to ${min}`);
    if (max !== undefined && length > max) return fail(`Member must have length less than or equal to ${max}`);
    if (allowed && !allowed.has(value as string)) fail(`Member must satisfy enum value set: [${constraint.enum?.join(", ")}]`);
    if (whole && !whole.test(value as string)) fail(`Member must satisfy regular expression pattern: ${pattern}`);
  };
}

function sizeCheck(size: number, value: unknown, constraint: Constraint | undefined, path: string, problems: string[], hidden: boolean): void {
  const { min, max } = constraint ?? {};
  const shown = hidden ? "Value" : `Value '${printed(value)}'`;
  if (min !== undefined && size < min) problem(problems, shown, path, `Member must have length greater than or equal to ${min}`);
  if (max !== undefined && size > max) problem(problems, shown, path, `Member must have length less than or equal to ${max}`);
}

function problem(problems: string[], value: string, path: string, sentence: string): void {
  problems.push(problems.length < problemsMost ? `${value} at '${path}' failed to satisfy constraint: ${sentence}` : "");
}

function printed(value: unknown): string {
  if (Buffer.isBuffer(value)) return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`;
  const text = Array.isArray(value) ? `[${value.slice(0, 20).map(printed).join(", ")}]` : typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length > 1024 ? text.slice(0, 1024) : text;
}

/** Throws AwsError ValidationException when there is any problem. */
export function refuseProblems(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const errors = problems.length === 1 ? "1 validation error detected" : `${problems.length} validation errors detected`;
  throw new AwsError("ValidationException", `${errors}: ${problems.filter((text) => text !== "").join("; ")}`);
}
