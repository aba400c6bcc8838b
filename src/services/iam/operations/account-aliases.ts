import type { AccountAlias } from "../../../identity/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { askIam } from "../ask-iam.ts";
import { alreadyExists, noSuchEntity } from "../find-entity.ts";
import { recorded } from "../recorded.ts";

interface Input {
  AccountAlias: string;
}

const kind = "account-alias";

function ownAliases(call: Call): Entity<AccountAlias>[] {
  const { account } = call.caller.facts;
  call.used.push(reference.byScope(kind, account));
  return call.entities.listByScope<AccountAlias>(kind, account, { after: "", limit: 2 });
}

/** An operation on the account as a whole. */
const onAccount = <I extends object>(name: string, readOnly: boolean, run: Operation<I>["run"]): Operation<I> => ({
  name,
  readOnly,
  requestParameters: recorded,
  find: () => undefined,
  asks: (_input, _found, call) => [askIam(name, call)],
  run,
});

/** A new alias takes the place of the one that the account has. */
const create: Operation = onAccount<Input>("CreateAccountAlias", false, ({ AccountAlias: alias }, _found, call) => {
  call.used.push(reference.row(kind, alias));
  const [own] = ownAliases(call);
  if (own?.row.id === alias) return { answer: {} };
  if (call.entities.get(kind, alias)) alreadyExists(`The account alias ${alias} already exists.`);
  const content: AccountAlias = { createdAt: call.now };
  const made = call.entities.create(kind, alias, content, { scope: call.caller.facts.account });
  return { answer: {}, changes: [made, ...(own ? [call.entities.delete(own)] : [])] };
});

const remove: Operation = onAccount<Input>("DeleteAccountAlias", false, ({ AccountAlias: alias }, _found, call) => {
  const own = ownAliases(call).find(({ row }) => row.id === alias);
  if (!own) return noSuchEntity(`The account alias with name ${alias} does not exist.`);
  return { answer: {}, changes: [call.entities.delete(own)] };
});

const list: Operation = onAccount<object>("ListAccountAliases", true, (_input, _found, call) => ({
  answer: { AccountAliases: ownAliases(call).map(({ row }) => row.id), IsTruncated: false },
}));

export const accountAliasOperations: readonly Operation[] = [create, remove, list];
