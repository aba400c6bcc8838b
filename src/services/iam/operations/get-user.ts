import { iamArn } from "../../../arn.ts";
import type { Account } from "../../../identity/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import { present } from "../find-entity.ts";
import { askOwner, findOwner, type Owner } from "../key-owner.ts";
import { recorded } from "../recorded.ts";
import { shownUser } from "./users.ts";

export const getUser: Operation<{ UserName?: string }, unknown, Owner> = {
  name: "GetUser",
  readOnly: true,
  requestParameters: recorded,
  find: ({ UserName }, call) => findOwner(UserName, call),
  asks: (_input, owner, call) => [askOwner("GetUser", owner, call)],
  run: (_input, { found }, call) => ({ answer: { User: found ? shownUser(present(found).content) : shownRoot(call) } }),
};

/** Root has no name, and its account's number for an id. */
function shownRoot(call: Call): object {
  const { account } = call.caller.facts;
  const createdAt = call.entities.get<Account>("account", account)?.content.createdAt ?? 0;
  return { UserId: account, Arn: iamArn(account, "root"), CreateDate: createdAt };
}
