import { createHash } from "node:crypto";
import { refuse } from "../../../errors.ts";
import type { Context } from "../use-key.ts";

/** At most one of `equals` and `subset`. Names and values count as they are written, case included. */
export interface GrantConstraints {
  equals?: Context;
  subset?: Context;
  sourceArn?: string;
}

export interface WireConstraints {
  EncryptionContextEquals?: Context;
  EncryptionContextSubset?: Context;
  SourceArn?: string;
}

const pairsMost = 8;
const valueMost = 384;

/** The maps of a request that say something: Terraform sends an empty map beside the one that is meant. */
export function contextConstraints(given: WireConstraints | undefined): { equals?: Context; subset?: Context } {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = given ?? {};
  const [equalPairs, subsetPairs] = [equals, subset].map((pairs) => Object.keys(pairs ?? {}).length);
  return {
    ...(equals && (equalPairs !== 0 || !subset) && { equals }),
    ...(subset && subsetPairs !== 0 && { subset }),
  };
}

/**
 * Throws ValidationException for what kms.md, section 5, rules out. An empty subset constrains nothing; equality with
 * an empty map, where it stands alone, allows no encryption context at all.
 */
export function readConstraints(given: WireConstraints | undefined): GrantConstraints | undefined {
  const { equals, subset } = contextConstraints(given);
  const sourceArn = given?.SourceArn;
  if (equals && subset)
    refuse("ValidationException", "Only one of EncryptionContextEquals and EncryptionContextSubset can be specified.");
  for (const pairs of [equals, subset]) checkPairs(pairs);
  const constraints = {
    ...(equals && { equals: { ...equals } }),
    ...(subset && { subset: { ...subset } }),
    ...(sourceArn !== undefined && { sourceArn }),
  };
  return Object.keys(constraints).length > 0 ? constraints : undefined;
}

function checkPairs(pairs: Context | undefined): void {
  const entries = Object.entries(pairs ?? {});
  if (entries.length > pairsMost)
    refuse("ValidationException", `A grant constraint can include up to ${pairsMost} encryption context pairs.`);
  if (entries.some(([, value]) => value.length > valueMost))
    refuse(
      "ValidationException",
      `The encryption context value in a grant constraint cannot exceed ${valueMost} characters.`,
    );
}

export const wireConstraints = ({ equals, subset, sourceArn }: GrantConstraints): WireConstraints => ({
  ...(equals && { EncryptionContextEquals: equals }),
  ...(subset && { EncryptionContextSubset: subset }),
  ...(sourceArn !== undefined && { SourceArn: sourceArn }),
});

export const recordedConstraints = (given: WireConstraints): object => ({
  ...(given.EncryptionContextEquals && { encryptionContextEquals: given.EncryptionContextEquals }),
  ...(given.EncryptionContextSubset && { encryptionContextSubset: given.EncryptionContextSubset }),
  ...(given.SourceArn !== undefined && { sourceArn: given.SourceArn }),
});

/** What of a call the constraints look at. */
export interface Constrained {
  readonly context: Context;
  /** The resource on whose behalf a service calls. */
  readonly sourceArn: string | undefined;
}

/** The encryption context does not count for these, nor the source for RetireGrant (kms.md, section 5). */
const withoutContext = new Set(["DescribeKey", "RetireGrant", "CreateGrant"]);

/**
 * Does the call keep to the constraints? A source ARN works like the condition aws:SourceArn: a call that no service
 * makes has none.
 */
export function satisfies(operation: string, constraints: GrantConstraints | undefined, call: Constrained): boolean {
  if (!constraints || operation === "RetireGrant") return true;
  const { equals, subset, sourceArn } = constraints;
  if (sourceArn !== undefined && sourceArn !== call.sourceArn) return false;
  if (withoutContext.has(operation)) return true;
  if (equals && Object.keys(equals).length !== Object.keys(call.context).length) return false;
  return includes(call.context, equals ?? subset ?? {});
}

const includes = (whole: Context, part: Context): boolean =>
  Object.entries(part).every(([name, value]) => Object.hasOwn(whole, name) && whole[name] === value);

/** May a grant with `child` be made under a grant with `parent`: equally strict or stricter? */
export function atLeastAsStrict(child: GrantConstraints | undefined, parent: GrantConstraints | undefined): boolean {
  const { equals, subset, sourceArn } = parent ?? {};
  if (sourceArn !== undefined && child?.sourceArn !== sourceArn) return false;
  if (equals)
    return (
      child?.equals !== undefined &&
      Object.keys(child.equals).length === Object.keys(equals).length &&
      includes(child.equals, equals)
    );
  return subset === undefined || includes(child?.equals ?? child?.subset ?? {}, subset);
}

const digest = (parts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);

const sorted = (context: Context): string[] =>
  Object.entries(context)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flat();

/** The one place where a grant with these constraints stands: under its whole context, or its most telling pair. */
export function placesOf(operation: string, constraints: GrantConstraints | undefined): string {
  const { equals, subset, sourceArn } = constraints ?? {};
  if (operation === "RetireGrant") return "|";
  const source = sourceArn === undefined ? "" : digest([sourceArn]);
  if (withoutContext.has(operation)) return `${source}|`;
  if (equals) return `${source}|=${digest(sorted(equals))}`;
  // The longest value is the likeliest to be an identifier, so that few grants share a place.
  const [telling] = Object.entries(subset ?? {}).sort(([a, v], [b, w]) => w.length - v.length || (a < b ? -1 : 1));
  return telling ? `${source}|${digest(telling)}` : `${source}|`;
}

/** Every place where a grant that the call satisfies may stand. As many as the call has pairs, and a few. */
export function* placesFor(operation: string, { context, sourceArn }: Constrained): Generator<string> {
  const sources = sourceArn === undefined || operation === "RetireGrant" ? [""] : ["", digest([sourceArn])];
  for (const source of sources) yield `${source}|`;
  if (withoutContext.has(operation)) return;
  for (const source of sources) {
    yield `${source}|=${digest(sorted(context))}`;
    for (const pair of Object.entries(context)) yield `${source}|${digest(pair)}`;
  }
}
