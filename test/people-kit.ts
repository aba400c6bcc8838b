import { mintAccessKeyId, mintSecret, mintUniqueId, newAccessKey } from "../src/identity/access-keys.ts";
import type { AccessKey, User } from "../src/identity/entities.ts";
import { sealSession, sessionSecret } from "../src/identity/session-token.ts";
import type { Server } from "../src/server.ts";
import type { Change } from "../src/store/entities.ts";
import type { Credentials } from "./kit.ts";

/** Rows that a test needs, committed past the operations that would make them. */
export function commit({ house }: Server, changes: readonly Change[]): Promise<void> {
  const submission = { changes, records: [], used: [], decidedAt: house.store.changeNumber };
  return new Promise((resolve, reject) =>
    house.store.commit(submission, (outcome) => (outcome === "done" ? resolve() : reject(new Error(String(outcome))))),
  );
}

/** A user of account 000000000000 with an access key and one inline policy of that text. */
export async function addUser(server: Server, name: string, policy?: string): Promise<Credentials> {
  const { entities, seal } = server.house;
  const account = "000000000000";
  const user: User = {
    account,
    name,
    path: "/",
    uniqueId: mintUniqueId("AIDA"),
    arn: `arn:aws:iam::${account}:user/${name}`,
    createdAt: 0,
    tags: [],
    inline: policy === undefined ? {} : { given: policy },
    attached: [],
    groups: [],
  };
  const id = mintAccessKeyId(account, "AKIA");
  const secretAccessKey = mintSecret();
  const key: AccessKey = { id, account, userName: name, status: "Active", createdAt: 0 };
  await commit(server, [
    entities.create("user", `${account}/${name.toLowerCase()}`, user, { scope: account }),
    newAccessKey(entities, seal, key, secretAccessKey),
  ]);
  return { accessKeyId: id, secretAccessKey };
}

/** Temporary credentials of the root of account 000000000000. Times in milliseconds, wall clock. */
export function rootSession({ house }: Server, issuedAt: number, expiresAt: number): Required<Credentials> {
  const account = "000000000000";
  const accessKeyId = mintAccessKeyId(account, "ASIA");
  const sessionToken = sealSession(house.seal, accessKeyId, {
    name: "",
    kind: "session-token",
    issuedAt,
    expiresAt,
    mfa: false,
    tags: [],
    transitiveTagKeys: [],
    account,
    entityId: `${account}/`,
    uniqueId: account,
  });
  return { accessKeyId, secretAccessKey: sessionSecret(house.seal, accessKeyId), sessionToken };
}
