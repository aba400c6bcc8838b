import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { userCaller } from "../src/identity/principals.ts";
import { callAs } from "../src/pipeline.ts";
import { readTable } from "../src/wire/table.ts";
import { notes, states, table } from "./key-states-table.ts";
import { testServer } from "./kit.ts";
import { account, addUser } from "./principals.ts";
import type { Expected } from "./record-tables/expected.ts";
import { filled } from "./record-tables/expected.ts";
import { kmsChanges } from "./record-tables/kms-changes.ts";
import { kmsGrants, kmsReads } from "./record-tables/kms-reads.ts";
import { kmsUses } from "./record-tables/kms-uses.ts";
import { comparable, expectedRecord, keepsSecrets, performed, prepared } from "./record-tables/perform.ts";
import { type Ask, asRoot, region } from "./sample-calls.ts";

const server = await testServer();
after(() => server.close());
const asked = asRoot(server);
const nobody = await addUser(server, "nobody");
const asNobody: Ask = (operation, input) => {
  const origin = { sourceAddress: "203.0.113.9", userAgent: "tests", secure: true };
  const who = () => ({ caller: userCaller(account, "nobody", "AKIA", origin, [], server.house.world)!, region });
  return callAs(server.house, who, { service: "kms", operation, input });
};

const expectations: Readonly<Record<string, Expected>> = { ...kmsUses, ...kmsReads, ...kmsGrants, ...kmsChanges };
const { operations, structures } = readTable("kms");
const inStores = /CustomKeyStore/;

test("every operation but those on custom key stores is in the tables", () => {
  const names = Object.keys(operations).filter((name) => !inStores.test(name));
  assert.deepEqual(Object.keys(expectations).toSorted(), names.toSorted());
});

/** What a call that came to nothing leaves: nothing was made, nothing answered. */
const failing = ({ responseElements: _told, additionalEventData: _more, made: _made, ...rest }: Expected): Expected =>
  rest;

for (const [name, expected] of Object.entries(expectations))
  describe(name, () => {
    test("that succeeds", async () => {
      const { values, input } = await prepared(server, expected);
      const { answer, told } = await performed(server, asked, name, input);
      const own = told.filter(({ awsRegion }) => awsRegion === region);
      assert.equal(own.length, 1);
      assert.deepEqual(comparable(own[0]!), expectedRecord(name, expected, { ...values, answer }));
      keepsSecrets(told, input, answer);
    });

    test("that is denied", async () => {
      const { values, input } = await prepared(server, expected);
      const { error, told } = await performed(server, asNobody, name, input);
      const userIdentity = {
        type: "IAMUser",
        principalId: nobody.uniqueId,
        arn: nobody.arn,
        accountId: account,
        accessKeyId: "AKIA",
        userName: "nobody",
      };
      const denied = { errorCode: "AccessDenied", errorMessage: error!.message, requestParameters: null, userIdentity };
      assert.match(error!.message, /^User: arn:aws:iam::000000000000:user\/nobody is not authorized to perform: kms:/);
      assert.deepEqual(told.map(comparable), [expectedRecord(name, failing(expected), values, denied)]);
    });

    const { KeyId } = expected.input;
    if (KeyId === "{key}")
      test("of a key that is not there", async () => {
        const { values } = await prepared(server, expected);
        const gone = { ...values, key: `arn:aws:kms:${region}:${account}:key/00000000-0000-0000-0000-000000000000` };
        const { error, told } = await performed(server, asked, name, filled(expected.input, gone));
        const missing = { errorCode: "NotFoundException", errorMessage: error!.message, resources: [] };
        assert.match(error!.message, /^Key 'arn:aws:kms:.*' does not exist$/);
        assert.deepEqual(told.map(comparable), [expectedRecord(name, failing(expected), gone, missing)]);
      });

    const wrong = (table[name] ?? "").split(" ").findIndex((says, at) => at < 3 && /^\d/.test(says));
    if (wrong >= 0)
      test(`of a key that is ${states[wrong]!}`, async () => {
        const { values, input } = await prepared(server, expected);
        const KeyId = values["key"];
        if (name === "CancelKeyDeletion") await asked("CancelKeyDeletion", { KeyId });
        else if (wrong === 1) await asked("DisableKey", { KeyId });
        else await asked("ScheduleKeyDeletion", { KeyId: values["next"] ?? KeyId, PendingWindowInDays: 7 });
        const { error, told } = await performed(server, asked, name, input);
        const [errorCode] = notes[table[name]!.split(" ")[wrong]!]!;
        const refused = { errorCode, errorMessage: error!.message };
        assert.deepEqual(told.map(comparable), [expectedRecord(name, failing(expected), values, refused)]);
      });

    if ("DryRun" in (structures[operations[name]!.i ?? ""] ?? {}))
      test("that runs dry", async () => {
        const { values, input } = await prepared(server, expected);
        const { error, told } = await performed(server, asked, name, { ...input, DryRun: true });
        const { requestParameters } = expected;
        const dry = { errorCode: "DryRunOperationException", errorMessage: error!.message };
        // The grant that is about to be retired is what allowed it.
        const grant = name === "RetireGrant" && { additionalEventData: { grantId: values["grant"] } };
        const parameters = requestParameters && { ...filled(requestParameters, values), dryRun: true };
        const record = expectedRecord(name, failing(expected), values, {
          ...dry,
          ...grant,
          requestParameters: parameters,
        });
        assert.deepEqual(told.map(comparable), [record]);
      });

    if (expected.across)
      test("from another account", async () => {
        const { values, input } = await prepared(server, expected);
        const other = "111122223333";
        const Policy = JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { AWS: [account, other] }, Action: "kms:*", Resource: "*" }],
        });
        await asked("PutKeyPolicy", { KeyId: values["key"], Policy });
        const { answer, told } = await performed(server, asRoot(server, other), name, input);
        const sharedEventID = told[0]!.sharedEventID as string;
        assert.match(sharedEventID, /^[0-9a-f-]{36}$/);
        const caller = { type: "Root", principalId: other, arn: `arn:aws:iam::${other}:root`, accountId: other };
        const seen = { type: "AWSAccount", principalId: other, accountId: other };
        const of = (userIdentity: object, recipientAccountId: string) =>
          expectedRecord(
            name,
            expected,
            { ...values, answer },
            {
              userIdentity,
              recipientAccountId,
              sharedEventID,
            },
          );
        assert.deepEqual(told.map(comparable), [of({ ...caller, accessKeyId: "AKIA" }, other), of(seen, account)]);
        assert.notEqual(told[0]!.eventID, told[1]!.eventID);
      });
  });
