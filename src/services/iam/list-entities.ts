import type { Call, Operation } from "../../operation.ts";
import { iamArn } from "../../arn.ts";
import { askIam } from "./ask-iam.ts";
import type { EntityKind, NamedEntity } from "./entity-kinds.ts";
import { pageOfRows, type Paging, rowsOfAccount } from "./pagination.ts";
import { recorded } from "./recorded.ts";

interface Input extends Paging {
  PathPrefix?: string;
}

/** Lists the account's entities of a kind in the order of their names. */
export function listing<E extends NamedEntity>(
  { kind }: EntityKind<E>,
  name: string,
  member: string,
  show: (content: E, call: Call) => object,
): Operation<Input, unknown, undefined> {
  return {
    name,
    readOnly: true,
    requestParameters: recorded,
    find: () => undefined,
    asks: ({ PathPrefix = "/" }, _found, call) => [
      askIam(name, call, iamArn(call.caller.facts.account, `${kind}${PathPrefix}`)),
    ],
    run: (input, _found, call) => {
      const { PathPrefix = "/" } = input;
      const keep = ({ content }: { content: E }) =>
        content.path.startsWith(PathPrefix) ? show(content, call) : undefined;
      const { shown, more } = pageOfRows<E, object>(
        { name: kind, read: rowsOfAccount<E>(kind, call), keep },
        input,
        call,
      );
      return { answer: { [member]: shown, ...more } };
    },
  };
}
