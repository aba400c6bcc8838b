import { mintAccessKeyId, mintSecret, newAccessKey } from "../../../identity/access-keys.ts";
import type { AccessKey } from "../../../identity/entities.ts";
import type { Ask, Call, Operation, Outcome } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { findOwner, type Owner, askOwner } from "../key-owner.ts";
import { noSuchEntity, overLimit } from "../find-entity.ts";
import { forgottenUse } from "../new-entity.ts";
import { pageOf, type Paging } from "../pagination.ts";
import { recorded } from "../recorded.ts";

const keysMost = 2;

interface OwnerInput {
  UserName?: string;
}

interface KeyInput extends OwnerInput {
  AccessKeyId: string;
}

/** An operation on the access keys of a user, or of root where root leaves out the name. */
function onOwner<I extends OwnerInput>(
  name: string,
  readOnly: boolean,
  run: (input: I, owner: Owner & { rowId: string }, call: Call) => Outcome<unknown>,
): Operation<I, unknown, Owner> {
  return {
    name,
    readOnly,
    requestParameters: recorded,
    find: ({ UserName }, call) => findOwner(UserName, call),
    asks: (_input, owner, call): readonly Ask[] => [askOwner(name, owner, call)],
    run: (input, owner, call) => run(input, { ...owner, rowId: owner.presentRowId() }, call),
  };
}

const keysOf = (rowId: string, call: Call): Entity<AccessKey>[] => {
  call.used.push(reference.byParent("access-key", rowId));
  return call.entities.listByParent<AccessKey>("access-key", rowId, { after: "", limit: 10 });
};

/** A key of somebody else is not there. */
function keyOf(id: string, rowId: string, call: Call): Entity<AccessKey> {
  call.used.push(reference.row("access-key", id));
  const key = call.entities.get<AccessKey>("access-key", id);
  return key?.row.parent === rowId ? key : noSuchEntity(`The Access Key with id ${id} cannot be found.`);
}

const shownKey = ({ id, status, createdAt, userName }: AccessKey): object => ({
  ...(userName !== undefined && { UserName: userName }),
  AccessKeyId: id,
  Status: status,
  CreateDate: createdAt,
});

export const createAccessKey: Operation = onOwner("CreateAccessKey", false, (_input, { user, rowId }, call) => {
  const { account } = call.caller.facts;
  if (keysOf(rowId, call).length >= keysMost) overLimit(`Cannot exceed quota for AccessKeysPerUser: ${keysMost}`);
  const secret = mintSecret();
  const key: AccessKey = {
    id: mintAccessKeyId(account, "AKIA"),
    account,
    ...(user && { userName: user.content.name }),
    status: "Active",
    createdAt: call.now,
  };
  const shown = shownKey(key);
  return {
    answer: { AccessKey: { ...shown, SecretAccessKey: secret } },
    changes: [newAccessKey(call.entities, call.seal, key, secret)],
    responseElements: recorded({ AccessKey: shown }),
  };
});

export const listAccessKeys: Operation = onOwner<OwnerInput & Paging>(
  "ListAccessKeys",
  true,
  (input, { rowId }, call) => {
    const keys = keysOf(rowId, call).toSorted((a, b) => a.content.createdAt - b.content.createdAt);
    const { shown, more } = pageOf(`keys ${rowId}`, input, keys, call);
    return { answer: { AccessKeyMetadata: shown.map(({ content }) => shownKey(content)), ...more } };
  },
);

export const updateAccessKey: Operation = onOwner<KeyInput & { Status: AccessKey["status"] | "Expired" }>(
  "UpdateAccessKey",
  false,
  ({ AccessKeyId, Status }, { rowId }, call) => {
    const key = keyOf(AccessKeyId, rowId, call);
    const status = Status === "Active" ? "Active" : "Inactive";
    return { answer: {}, changes: [call.entities.put(key, { ...key.content, status })] };
  },
);

export const deleteAccessKey: Operation = onOwner<KeyInput>(
  "DeleteAccessKey",
  false,
  ({ AccessKeyId }, { rowId }, call) => ({
    answer: {},
    changes: [call.entities.delete(keyOf(AccessKeyId, rowId, call), true), ...forgottenUse(AccessKeyId, call)],
  }),
);
