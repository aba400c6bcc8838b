import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openSeal } from "../src/seal/root-key.ts";
import { openSqliteStore } from "../src/store/sqlite.ts";

/** What the records of a filled trail are about: chosen so that each attribute has values that are rare and common. */
export interface Filled {
  readonly eventId: string;
  readonly accessKeyId: string;
  readonly userName: string;
  readonly keyArn: string;
}

const [account, region] = ["000000000000", "eu-west-1"];
const [keys, users] = [500, 50];
const operations = ["Encrypt", "Decrypt", "GenerateDataKey", "DescribeKey", "Sign"];
const perCommit = 100;
const commitsAtOnce = 20;

/** Appends that many records, as audit/event.ts writes them, spread over the last 80 days. */
export async function fillTrail(folder: string, count: number): Promise<Filled> {
  const seal = openSeal({ folder, wraps: [{ kind: "file", path: "root.key" }], production: false });
  const store = await openSqliteStore({ folder, seed: seal.derive("audit-checkpoint") });
  const keyArns = Array.from({ length: keys }, () => `arn:aws:kms:${region}:${account}:key/${randomUUID()}`);
  const accessKeys = Array.from({ length: users }, () => `AKIA${randomBytes(8).toString("hex").toUpperCase()}`);
  const begin = Date.now() - 80 * 86_400_000;
  let eventId = "";
  const line = (number: number): string => {
    const id = randomUUID();
    if (number === Math.floor(count / 3)) eventId = id;
    const user = (number * 7919) % users;
    const at = new Date(begin + Math.floor((number / count) * 80 * 86_400_000)).toISOString().slice(0, 19);
    return recordOf(id, `${at}Z`, user, accessKeys[user]!, keyArns[(number * 104_729) % keys]!, number);
  };
  const submit = (records: string[]) =>
    new Promise<void>((resolve, reject) =>
      store.commit({ changes: [], records, used: [], decidedAt: store.changeNumber }, (outcome) =>
        outcome === "done" ? resolve() : reject(new Error(String(outcome))),
      ),
    );
  for (let number = 0; number < count; ) {
    const commits: Promise<void>[] = [];
    for (let commit = 0; commit < commitsAtOnce && number < count; commit++) {
      const records: string[] = [];
      for (; records.length < perCommit && number < count; number++) records.push(line(number));
      commits.push(submit(records));
    }
    await Promise.all(commits);
  }
  while (openRecords(folder) > 10_000) await new Promise((resolve) => setTimeout(resolve, 200));
  await store.close();
  return { eventId, accessKeyId: accessKeys[3]!, userName: "user-3", keyArn: keyArns[42]! };
}

function recordOf(id: string, at: string, user: number, accessKeyId: string, keyArn: string, number: number): string {
  const operation = operations[number % operations.length]!;
  const arn = `arn:aws:iam::${account}:user/user-${user}`;
  const identity = { type: "IAMUser", principalId: `AIDA${String(user).padStart(17, "0")}`, arn, accountId: account };
  return (
    `{"eventVersion":"1.11","userIdentity":${JSON.stringify({ ...identity, accessKeyId, userName: `user-${user}` })},"eventTime":"${at}","eventSource":"kms.amazonaws.com"` +
    `,"eventName":"${operation}","awsRegion":"${region}","sourceIPAddress":"10.0.${user}.7"` +
    `,"userAgent":"aws-cli/2.15.30 Python/3.11.8 Linux/6.1 exe/x86_64 prompt/off command/kms.${operation.toLowerCase()}"` +
    `,"requestParameters":{"keyId":"${keyArn}","encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"order":"${number}"}}` +
    `,"responseElements":null,"additionalEventData":{"keyMaterialId":"${keyArn.slice(-36).replaceAll("-", "").repeat(2)}"},"requestID":"${randomUUID()}"` +
    `,"eventID":"${id}","readOnly":true,"resources":[{"accountId":"${account}","type":"AWS::KMS::Key","ARN":"${keyArn}"}]` +
    `,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"${account}","eventCategory":"Management"}`
  );
}

const inDatabase = <T>(folder: string, read: (database: DatabaseSync) => T): T => {
  using database = new DatabaseSync(join(folder, "claviger.db"), { readOnly: true });
  return read(database);
};

const numberIn = (database: DatabaseSync, sql: string): number =>
  Number(Object.values(database.prepare(sql).get() ?? {})[0] ?? 0);

const openRecords = (folder: string): number =>
  inDatabase(folder, (database) => numberIn(database, "SELECT sum(count) FROM trail"));

/** Bytes of the closed segments' pages, indexes and all, for each of their records. */
export const closedBytesPerRecord = (folder: string): number =>
  inDatabase(folder, (database) => {
    const pages = numberIn(database, "SELECT page_count FROM pragma_page_count");
    const free = numberIn(database, "SELECT freelist_count FROM pragma_freelist_count");
    const size = numberIn(database, "SELECT page_size FROM pragma_page_size");
    const open = numberIn(database, "SELECT sum(length(records)) FROM trail");
    return ((pages - free) * size - open) / numberIn(database, "SELECT sum(records) FROM segment");
  });
