import type { AccessKey } from "../../../identity/entities.ts";
import type { LastUse } from "../../../identity/last-uses.ts";
import type { Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { askIam } from "../ask-iam.ts";
import { users } from "../entity-kinds.ts";
import { askEntity, findEntity, noSuchEntity } from "../find-entity.ts";
import { recorded } from "../recorded.ts";

/** As answers say it; `N/A` where there was no use. */
const shownUse = (use: LastUse | undefined): object => ({
  ...(use && { LastUsedDate: use.at }),
  ServiceName: use?.service ?? "N/A",
  Region: use?.region ?? "N/A",
});

/** Another account's keys are not there. */
export const getAccessKeyLastUsed: Operation<{ AccessKeyId: string }, unknown, Entity<AccessKey> | undefined> = {
  name: "GetAccessKeyLastUsed",
  readOnly: true,
  requestParameters: recorded,
  find: ({ AccessKeyId }, call) => {
    call.used.push(reference.row("access-key", AccessKeyId));
    const key = call.entities.get<AccessKey>("access-key", AccessKeyId);
    return key?.content.account === call.caller.facts.account ? key : undefined;
  },
  asks: ({ AccessKeyId }, key, call) => {
    const { userName } = key?.content ?? {};
    if (userName !== undefined) return [askEntity("GetAccessKeyLastUsed", findEntity(users, userName, call), call)];
    return [{ ...askIam("GetAccessKeyLastUsed", call), phrase: `on resource: access key ${AccessKeyId}` }];
  },
  run: ({ AccessKeyId }, key, call) => {
    if (!key) return noSuchEntity(`The Access Key with id ${AccessKeyId} cannot be found.`);
    const { userName = "<root_account>" } = key.content;
    return { answer: { UserName: userName, AccessKeyLastUsed: shownUse(call.lastUses.of(AccessKeyId)) } };
  },
};
