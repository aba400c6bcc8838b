import type { Ask, Input, Kind } from "../sample-calls.ts";

/**
 * What CloudTrail is expected to say of one operation (kms.md, section 14; iam.md, section 6). Texts in braces stand
 * for values of the call: `{key}` and `{id}` are the key's, `{answer.X.Y}` is from the answer, others are made `before`,
 * and `{date}` is any date in CloudTrail's words. A text that is nothing but such a name is the value itself.
 */
export interface Expected {
  /** What the key is for; a fresh one for every call. */
  readonly kind?: Kind;
  readonly before?: (KeyId: string, ask: Ask, inMumbai: Ask) => Promise<Input>;
  readonly input: Input;
  readonly readOnly: boolean;
  readonly requestParameters: object | null;
  /** Null where it is not given. */
  readonly responseElements?: object;
  readonly additionalEventData?: object;
  /** ARNs; every one is of type AWS::KMS::Key. */
  readonly resources: readonly string[];
  /** Those that are known when the call has done its work. */
  readonly made?: readonly string[];
  /** AWS has the operation across accounts. */
  readonly across?: true;
}

/** The pieces put in; what is not known yet stays. */
export function filled(template: unknown, values: Readonly<Record<string, unknown>>): any {
  if (typeof template === "string") {
    const whole = /^\{([\w.]+)\}$/.exec(template)?.[1];
    if (whole !== undefined) return at(values, whole) ?? template;
    return template.replaceAll(/\{([\w.]+)\}/g, (text, name: string) => String(at(values, name) ?? text));
  }
  if (Array.isArray(template)) return template.map((one) => filled(one, values));
  if (typeof template !== "object" || template === null || Buffer.isBuffer(template)) return template;
  return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, filled(value, values)]));
}

const at = (values: Readonly<Record<string, unknown>>, path: string): unknown => {
  let value: unknown = values;
  for (const name of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
};

/** With every date in CloudTrail's words as `{date}`. */
export const dateless = (value: unknown): any =>
  JSON.parse(
    JSON.stringify(value ?? null).replaceAll(/"[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d\d:\d\d [AP]M"/g, '"{date}"'),
  );
