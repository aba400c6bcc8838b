import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import { decide } from "../../../policy/decide.ts";
import { acrossAccounts } from "../ask-key.ts";
import { findKey } from "../find-key.ts";
import { satisfies } from "../grants/constraints.ts";
import { grantsOf, questionOf } from "./key-access.ts";
import { principalOf } from "./listing.ts";
import { lowerName } from "../../../policy/lower-name.ts";

interface Asked {
  readonly principal: string;
  /** `kms:Encrypt` */
  readonly action: string;
  readonly key: string;
  /** Condition keys and their values: strings or lists of them. */
  readonly context: object;
}

/** What the engine would say of a call with that context. Throws NotFoundException, ValidationException. */
export function rehearsedDecision({ principal, action, key, context }: Asked, call: Call): object {
  const who =
    principalOf(principal, call) ??
    refuse("NotFoundException", `There is no principal ${principal.slice(0, 256)} here.`, 404);
  const found = findKey(key, call, { aliases: true });
  if (!found.entity) return refuse("NotFoundException", `Key '${found.arn}' does not exist`, 404);
  const given = Object.entries(context).map(([name, value]): [string, string | string[]] => {
    const strings = [value].flat().every((one) => typeof one === "string");
    if (!strings) refuse("ValidationException", `The value of ${name.slice(0, 128)} is a string or a list of strings.`);
    return [lowerName(name), value as string | string[]];
  });
  const operation = action.slice(action.indexOf(":") + 1);
  const base = questionOf(who, found.entity, call);
  const values = new Map([
    ...[...base.context.keys()].map((name) => [name, base.context.get(name)!] as const),
    ...given,
  ]);
  const grants = grantsOf(who, found.entity.content, call)
    .filter(({ grant }) => grant.operations.includes(operation))
    .filter(({ grant }) =>
      satisfies(operation, grant.constraints, { context: encryptionContext(context), sourceArn: undefined }),
    );
  const { allowed, because } = decide({
    ...base,
    action,
    context: values,
    grants: grants.map(({ yes }) => yes),
    ...(!acrossAccounts.has(operation) && { withinAccount: true as const }),
  });
  return { allowed, because };
}

/** `kms:EncryptionContext:name` → the pair, name as it is written. */
const encryptionContext = (context: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(context).flatMap(([name, value]) => {
      const [, pair] = /^kms:encryptioncontext:(.+)$/i.exec(name) ?? [];
      return pair === undefined || typeof value !== "string" ? [] : [[pair, value]];
    }),
  );
