import { randomInt } from "node:crypto";
import { serviceRecord } from "../audit/event.ts";
import type { Config } from "../config.ts";
import { OperatorError } from "../errors.ts";
import { mintAccessKeyId, mintSecret, newAccessKey } from "../identity/access-keys.ts";
import type { Account } from "../identity/entities.ts";
import { openSeal } from "../seal/root-key.ts";
import type { Operator } from "../services/claviger/operations.ts";
import { CachedEntities } from "../store/cached-entities.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Change, Store } from "../store/store.ts";

export interface FirstAccount {
  readonly account: string;
  readonly name: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Account, operator and root's access key in one transaction with their record. Throws when there is an operator. */
export async function makeFirstAccount(
  config: Config,
  wish: { readonly id: string | undefined; readonly name: string },
): Promise<FirstAccount> {
  const seal = openSeal({ folder: config.folder, wraps: config.wraps, production: true });
  const store = await openSqliteStore({ folder: config.folder, seed: seal.derive("audit-checkpoint") });
  try {
    const entities = new CachedEntities(store, seal, { maxBytes: 1024 * 1024 });
    const operator = entities.get<Operator>("installation", "operator");
    if (operator)
      throw new OperatorError(
        `Cannot make the first account in "${config.folder}": account ${operator.content.account} operates it`,
        "its root credentials were printed when it was made",
      );
    const account = wish.id ?? String(randomInt(100_000_000_000, 200_000_000_000)).padStart(12, "0");
    const now = Date.now();
    const id = mintAccessKeyId(account, "AKIA");
    const secret = mintSecret();
    const changes = [
      entities.create<Account>("account", account, { id: account, name: wish.name, createdAt: now }, { scope: "" }),
      entities.create<Operator>("installation", "operator", { account }, { scope: "" }),
      newAccessKey(entities, seal, { id, account, status: "Active", createdAt: now }, secret),
    ];
    await committed(store, changes, recordOf(account, now));
    return { account, name: wish.name, accessKeyId: id, secretAccessKey: secret };
  } finally {
    await store.close();
  }
}

function recordOf(account: string, now: number): string {
  const record = JSON.parse(
    serviceRecord({ name: "MakeFirstAccount", region: "us-east-1", account, resources: [] }, now),
  ) as object;
  return JSON.stringify({ ...record, eventSource: "claviger" });
}

function committed(store: Store, changes: readonly Change[], record: string): Promise<void> {
  const submission = { changes, records: [record], used: [], decidedAt: store.changeNumber };
  return new Promise((resolve, reject) =>
    store.commit(submission, (outcome) => {
      if (outcome === "done") resolve();
      else reject(outcome instanceof Error ? outcome : new OperatorError("Cannot make the first account: it is there"));
    }),
  );
}
