import assert from "node:assert/strict";
import { test } from "node:test";
import {
  StartEventDataStoreIngestionCommand,
  StopEventDataStoreIngestionCommand,
  UpdateEventDataStoreCommand,
} from "@aws-sdk/client-cloudtrail";
import { CreateAliasCommand, CreateKeyCommand, ListAliasesCommand, ListKeysCommand } from "@aws-sdk/client-kms";
import { CreateAccountCommand, CreateOrganizationCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { advance } from "./clock.ts";
import { kms, root, rootOf, settingsOf, type TestServer, testServer } from "./kit.ts";
import { cloudTrail, makeStore, queried, values } from "./lake-kit.ts";

const selecting = (...fields: { Field: string; Equals: string[] }[]) => ({
  AdvancedEventSelectors: [{ FieldSelectors: [{ Field: "eventCategory", Equals: ["Management"] }, ...fields] }],
});
const kmsAlone = selecting({ Field: "eventSource", Equals: ["kms.amazonaws.com"] });

/** What is in the store: each event's account, Region and name, in order. */
async function contentOf(server: TestServer, id: string): Promise<string[]> {
  const sql = `SELECT recipientAccountId, awsRegion, eventName FROM ${id} WHERE eventSource = 'kms.amazonaws.com'`;
  return values(await queried(cloudTrail(server), sql)).map((row) => row.join(" "));
}

test("a store has what its selectors took in its Region since it was made, while it was taking", async () => {
  await using server = await testServer();
  const client = cloudTrail(server);
  const list = (region = "eu-west-1") => kms(server, root, region).send(new ListKeysCommand({}));
  const aliases = () => kms(server).send(new ListAliasesCommand({}));
  await list();
  const everywhere = await makeStore(client, { ...kmsAlone, Name: "everywhere" });
  const here = await makeStore(client, { ...kmsAlone, Name: "here", MultiRegionEnabled: false });
  await list();
  await list("us-west-2");
  await kms(server, rootOf("111122223333")).send(new ListKeysCommand({}));
  await client.send(new StopEventDataStoreIngestionCommand({ EventDataStore: here }));
  await aliases();
  await client.send(new StartEventDataStoreIngestionCommand({ EventDataStore: here }));
  await list();
  const changes = selecting({ Field: "readOnly", Equals: ["false"] });
  await client.send(new UpdateEventDataStoreCommand({ EventDataStore: here, ...changes }));
  await list();
  const { KeyMetadata: key } = await kms(server).send(new CreateKeyCommand({}));
  await kms(server).send(new CreateAliasCommand({ AliasName: "alias/x", TargetKeyId: key!.KeyId! }));
  const [own, far] = ["000000000000 eu-west-1", "000000000000 us-west-2"];
  const made = [`${own} CreateKey`, `${own} CreateAlias`];
  assert.deepEqual(await contentOf(server, here), [`${own} ListKeys`, `${own} ListKeys`, ...made]);
  const listed = [`${own} ListKeys`, `${far} ListKeys`, `${own} ListAliases`, `${own} ListKeys`, `${own} ListKeys`];
  assert.deepEqual(await contentOf(server, everywhere), [...listed, ...made]);
  const names = await queried(client, `SELECT count(*) FROM ${everywhere} WHERE eventSource <> 'kms.amazonaws.com'`);
  assert.deepEqual(values(names), [["0"]]);
  const joined = `SELECT a.eventName FROM ${everywhere} a JOIN ${here} b ON a.eventID = b.eventID ORDER BY a.eventName`;
  assert.deepEqual(values(await queried(client, joined)).flat(), ["CreateAlias", "CreateKey", "ListKeys", "ListKeys"]);
});

test("records grow too old for a store, in its time and not before", async () => {
  await using server = await testServer();
  const id = await makeStore(cloudTrail(server), { ...kmsAlone, RetentionPeriod: 7 });
  await kms(server).send(new ListKeysCommand({}));
  await advance(server, 6 * 86_400_000);
  await kms(server).send(new ListAliasesCommand({}));
  const own = "000000000000 eu-west-1";
  assert.deepEqual(await contentOf(server, id), [`${own} ListKeys`, `${own} ListAliases`]);
  await advance(server, 2 * 86_400_000);
  assert.deepEqual(await contentOf(server, id), [`${own} ListAliases`]);
});

test("an organization's store has its members' records, since they came and while it was the organization's", async () => {
  await using server = await testServer();
  const organizations = new OrganizationsClient(settingsOf(server, root, "us-east-1"));
  await organizations.send(new CreateOrganizationCommand({ FeatureSet: "ALL" }));
  const join = async (AccountName: string) => {
    const made = await organizations.send(
      new CreateAccountCommand({ AccountName, Email: `${AccountName}@example.com` }),
    );
    return made.CreateAccountStatus!.AccountId!;
  };
  const member = await join("orders");
  const list = (account: string) => kms(server, rootOf(account)).send(new ListKeysCommand({}));
  const client = cloudTrail(server);
  const id = await makeStore(client, kmsAlone);
  await list(member);
  await client.send(new UpdateEventDataStoreCommand({ EventDataStore: id, OrganizationEnabled: true }));
  await list(member);
  await list("111122223333");
  assert.deepEqual(await contentOf(server, id), [`${member} eu-west-1 ListKeys`]);
  await client.send(new UpdateEventDataStoreCommand({ EventDataStore: id, OrganizationEnabled: false }));
  await list(member);
  assert.deepEqual(await contentOf(server, id), []);
});
