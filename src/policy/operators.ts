import { arnPattern } from "./arn-pattern.ts";
import { matches } from "./glob.ts";
import { template, type Lookup } from "./variables.ts";

/** Does the call's value satisfy this one value of the policy? */
export type Comparison = (actual: string, lookup: Lookup) => boolean;

export interface Operator {
  readonly negated: boolean;
  /** Compiles one value of the policy. Undefined: the value is not of the operator's type. */
  compile(value: string, variables: boolean): Comparison | undefined;
}

type Compile = Operator["compile"];

const text =
  (wild: boolean, ignoreCase: boolean): Compile =>
  (value, variables) => {
    const plain = !(wild && /[*?]/.test(value)) && !(variables && value.includes("${"));
    if (plain && !ignoreCase) return (actual) => actual === value;
    const expected = template(ignoreCase ? value.toLowerCase() : value, { wild, variables });
    return (actual, lookup) => {
      const fold: Lookup = ignoreCase ? (name) => lower(lookup(name)) : lookup;
      const pattern = expected(fold);
      return pattern !== undefined && matches(pattern, ignoreCase ? actual.toLowerCase() : actual);
    };
  };

const lower = (value: string | readonly string[] | undefined) =>
  typeof value === "string" ? value.toLowerCase() : value;

const ordered =
  (parse: (text: string) => number, holds: (actual: number, expected: number) => boolean): Compile =>
  (value) => {
    const expected = parse(value);
    // Garbage never matches, on either side: every comparison with NaN is false.
    return (actual) => holds(parse(actual), expected);
  };

const number = (value: string): number =>
  /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(value.trim()) ? Number(value) : Number.NaN;

/** W3C ISO 8601 or epoch seconds, mixable on either side; a time without a zone is UTC. In milliseconds. */
function date(value: string): number {
  if (/^-?\d{1,13}(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const [, day = "", time, hours = "", minutes = ""] =
    /^(\d{4}-\d\d(?:-\d\d)?)(?:(T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?:Z|([+-]\d\d):?(\d\d))?)?$/.exec(value) ?? [];
  if (day === "" || (time !== undefined && day.length < 10)) return Number.NaN;
  return Date.parse(time === undefined ? day : `${day}${time}${hours === "" ? "Z" : `${hours}:${minutes}`}`);
}

const truth: Compile = (value) => {
  const expected = value.toLowerCase();
  return expected === "true" || expected === "false" ? (actual) => actual.toLowerCase() === expected : () => false;
};

const binary: Compile = (value) => {
  const expected = Buffer.from(value, "base64");
  return (actual) => Buffer.from(actual, "base64").equals(expected);
};

const arn: Compile = (value, variables) => {
  const expected = arnPattern(value, variables, 0);
  return (actual, lookup) => expected(actual, lookup) === true;
};

const address: Compile = (value) => {
  const network = parseNetwork(value);
  return network && ((actual) => inNetwork(actual, network));
};

interface Network {
  readonly bits: bigint;
  readonly width: number;
  readonly prefix: number;
}

function parseNetwork(value: string): Network | undefined {
  const [host = "", length] = value.split("/");
  const parsed = parseAddress(host);
  if (!parsed) return undefined;
  const prefix = length === undefined ? parsed.width : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  return prefix >= 0 && prefix <= parsed.width ? { ...parsed, prefix } : undefined;
}

function inNetwork(actual: string, { bits, width, prefix }: Network): boolean {
  const parsed = parseAddress(actual);
  if (parsed?.width !== width) return false;
  const shift = BigInt(width - prefix);
  return parsed.bits >> shift === bits >> shift;
}

function parseAddress(value: string): { bits: bigint; width: number } | undefined {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(value)?.[1] ?? value;
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(mapped);
  if (four) {
    const bytes = four.slice(1).map(Number);
    if (bytes.some((byte) => byte > 255)) return undefined;
    return { bits: bytes.reduce((bits, byte) => bits * 256n + BigInt(byte), 0n), width: 32 };
  }
  if (!/^[0-9a-f:]{2,39}$/i.test(value) || value.split("::").length > 2) return undefined;
  const [head = "", tail] = value.split("::");
  const groups = (side: string) => (side === "" ? [] : side.split(":"));
  const [before, after] = [groups(head), groups(tail ?? "")];
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...before, ...Array.from({ length: tail === undefined ? 0 : missing }, () => "0"), ...after];
  if (all.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return { bits: all.reduce((bits, group) => bits * 65_536n + BigInt(`0x${group}`), 0n), width: 128 };
}

const is = (compile: Compile): Operator => ({ negated: false, compile });
const isNot = (compile: Compile): Operator => ({ negated: true, compile });

const comparisons: Readonly<Record<string, (actual: number, expected: number) => boolean>> = {
  Equals: (a, b) => a === b,
  LessThan: (a, b) => a < b,
  LessThanEquals: (a, b) => a <= b,
  GreaterThan: (a, b) => a > b,
  GreaterThanEquals: (a, b) => a >= b,
};

const family = (name: string, parse: (text: string) => number): [string, Operator][] => [
  ...Object.entries(comparisons).map(([suffix, holds]): [string, Operator] => [
    `${name}${suffix}`,
    is(ordered(parse, holds)),
  ]),
  [`${name}NotEquals`, isNot(ordered(parse, (a, b) => a === b))],
];

/** Every condition operator but Null, by lower-case name (iam.md, section 1.4). */
export const operators: ReadonlyMap<string, Operator> = new Map(
  (
    [
      ["StringEquals", is(text(false, false))],
      ["StringNotEquals", isNot(text(false, false))],
      ["StringEqualsIgnoreCase", is(text(false, true))],
      ["StringNotEqualsIgnoreCase", isNot(text(false, true))],
      ["StringLike", is(text(true, false))],
      ["StringNotLike", isNot(text(true, false))],
      ...family("Numeric", number),
      ...family("Date", date),
      ["Bool", is(truth)],
      ["BinaryEquals", is(binary)],
      ["IpAddress", is(address)],
      ["NotIpAddress", isNot(address)],
      ["ArnEquals", is(arn)],
      ["ArnLike", is(arn)],
      ["ArnNotEquals", isNot(arn)],
      ["ArnNotLike", isNot(arn)],
    ] as [string, Operator][]
  ).map(([name, operator]) => [name.toLowerCase(), operator]),
);
