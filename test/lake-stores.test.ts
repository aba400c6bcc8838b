import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  AddTagsCommand,
  CreateEventDataStoreCommand,
  DeleteEventDataStoreCommand,
  GetEventDataStoreCommand,
  ListEventDataStoresCommand,
  ListTagsCommand,
  RemoveTagsCommand,
  RestoreEventDataStoreCommand,
  StartEventDataStoreIngestionCommand,
  StartQueryCommand,
  StopEventDataStoreIngestionCommand,
  UpdateEventDataStoreCommand,
} from "@aws-sdk/client-cloudtrail";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { advance } from "./clock.ts";
import { kms, rootOf, testServer } from "./kit.ts";
import { cloudTrail, makeStore } from "./lake-kit.ts";
import { addUser } from "./principals.ts";

const day = 86_400_000;

describe("event data stores", () => {
  test("made with AWS's defaults, changed, listed page by page, tagged", async () => {
    await using server = await testServer();
    const client = cloudTrail(server);
    const TagsList = [{ Key: "team", Value: "audit" }];
    const made = await client.send(new CreateEventDataStoreCommand({ Name: "first", TagsList }));
    const { EventDataStoreArn: arn, CreatedTimestamp, UpdatedTimestamp, $metadata: _, ...answer } = made;
    assert.match(arn!, /^arn:aws:cloudtrail:eu-west-1:000000000000:eventdatastore\/[0-9a-f-]{36}$/);
    assert.ok(CreatedTimestamp instanceof Date && UpdatedTimestamp instanceof Date);
    const AdvancedEventSelectors = [
      { Name: "Default management events", FieldSelectors: [{ Field: "eventCategory", Equals: ["Management"] }] },
    ];
    const shown = {
      Name: "first",
      AdvancedEventSelectors,
      MultiRegionEnabled: true,
      OrganizationEnabled: false,
      RetentionPeriod: 366,
      TerminationProtectionEnabled: true,
    };
    const BillingMode = "EXTENDABLE_RETENTION_PRICING";
    assert.deepEqual(answer, { ...shown, Status: "CREATED", BillingMode, TagsList });
    const fixed = { Name: "second", BillingMode: "FIXED_RETENTION_PRICING", StartIngestion: false } as const;
    const second = await client.send(new CreateEventDataStoreCommand(fixed));
    assert.deepEqual([second.RetentionPeriod, second.Status], [2557, "STOPPED_INGESTION"]);
    const changes = {
      Name: "third",
      RetentionPeriod: 7,
      MultiRegionEnabled: false,
      TerminationProtectionEnabled: false,
    };
    const id = arn!.split("/")[1]!;
    await client.send(new UpdateEventDataStoreCommand({ EventDataStore: id, ...changes }));
    const {
      $metadata: _1,
      CreatedTimestamp: _2,
      UpdatedTimestamp: _3,
      ...got
    } = await client.send(new GetEventDataStoreCommand({ EventDataStore: arn! }));
    assert.deepEqual(got, { ...shown, ...changes, EventDataStoreArn: arn, Status: "ENABLED", BillingMode });
    const names: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new ListEventDataStoresCommand({ MaxResults: 1, NextToken }));
      names.push(...page.EventDataStores!.map(({ Name }) => Name!));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    assert.deepEqual(names.toSorted(), ["second", "third"]);
    const more = [{ Key: "cost", Value: "1" }];
    await client.send(new AddTagsCommand({ ResourceId: arn, TagsList: more }));
    await client.send(new RemoveTagsCommand({ ResourceId: arn, TagsList: [{ Key: "team" }] }));
    const { ResourceTagList } = await client.send(new ListTagsCommand({ ResourceIdList: [arn!] }));
    assert.deepEqual(ResourceTagList, [{ ResourceId: arn, TagsList: more }]);
    assert.deepEqual(
      (await cloudTrail(server, undefined, "us-east-1").send(new ListEventDataStoresCommand({}))).EventDataStores,
      [],
    );
  });

  test("deleted after seven days, unless they are protected or restored", async () => {
    await using server = await testServer();
    const client = cloudTrail(server);
    const EventDataStore = await makeStore(client, { TerminationProtectionEnabled: true });
    const erase = () => client.send(new DeleteEventDataStoreCommand({ EventDataStore }));
    await assert.rejects(erase(), { name: "EventDataStoreTerminationProtectedException" });
    await client.send(new UpdateEventDataStoreCommand({ EventDataStore, TerminationProtectionEnabled: false }));
    const restore = () => client.send(new RestoreEventDataStoreCommand({ EventDataStore }));
    await assert.rejects(restore(), { name: "InvalidEventDataStoreStatusException" });
    await erase();
    await assert.rejects(erase(), { name: "InactiveEventDataStoreException" });
    const query = new StartQueryCommand({ QueryStatement: `SELECT * FROM ${EventDataStore}` });
    await assert.rejects(client.send(query), { name: "InactiveEventDataStoreException" });
    await advance(server, 6 * day);
    const status = async () => (await client.send(new GetEventDataStoreCommand({ EventDataStore }))).Status;
    assert.equal(await status(), "PENDING_DELETION");
    assert.equal((await restore()).Status, "ENABLED");
    await advance(server, 2 * day);
    assert.equal(await status(), "ENABLED");
    await erase();
    await advance(server, 7 * day + 1000);
    await assert.rejects(status(), { name: "EventDataStoreNotFoundException" });
  });

  test("what AWS refuses is refused", async () => {
    await using server = await testServer();
    const client = cloudTrail(server);
    const EventDataStore = await makeStore(client);
    const refused = (input: object, name: string) =>
      assert.rejects(makeStore(client, { Name: "other", ...input }), { name });
    await refused({ Name: "events" }, "EventDataStoreAlreadyExistsException");
    await refused({ BillingMode: "FIXED_RETENTION_PRICING", RetentionPeriod: 3000 }, "InvalidParameterException");
    await refused({ OrganizationEnabled: true }, "OrganizationsNotInUseException");
    await refused(
      { AdvancedEventSelectors: [{ FieldSelectors: [{ Field: "colour", Equals: ["x"] }] }] },
      "InvalidEventSelectorsException",
    );
    await refused({ KmsKeyId: "alias/none" }, "KmsKeyNotFoundException");
    const { KeyMetadata: key } = await kms(server).send(new CreateKeyCommand({}));
    await refused({ KmsKeyId: key!.Arn! }, "InsufficientEncryptionPolicyException");
    const start = new StartEventDataStoreIngestionCommand({ EventDataStore });
    await assert.rejects(client.send(start), { name: "InvalidEventDataStoreStatusException" });
    await client.send(new StopEventDataStoreIngestionCommand({ EventDataStore }));
    await client.send(start);
    const get = new GetEventDataStoreCommand({ EventDataStore });
    await assert.rejects(cloudTrail(server, rootOf("111122223333")).send(get), {
      name: "EventDataStoreNotFoundException",
    });
    const named = (name: string) => client.send(new GetEventDataStoreCommand({ EventDataStore: name }));
    await assert.rejects(named("events"), { name: "EventDataStoreARNInvalidException" });
    await assert.rejects(named("arn:aws:cloudtrail:eu-west-1:000000000000:trail/x"), {
      name: "EventDataStoreARNInvalidException",
    });
    const ann = await addUser(server, "ann", ["cloudtrail:StartQuery"]);
    const query = new StartQueryCommand({ QueryStatement: `SELECT 1 FROM ${EventDataStore}` });
    await cloudTrail(server, ann.credentials).send(query);
    await assert.rejects(cloudTrail(server, ann.credentials).send(get), {
      name: "AccessDeniedException",
      message: /cloudtrail:GetEventDataStore on resource: arn:aws:cloudtrail:eu-west-1:000000000000:eventdatastore\//,
    });
    for (let store = 1; store < 10; store++) await makeStore(client, { Name: `store-${store}` });
    await refused({}, "EventDataStoreMaxLimitExceededException");
  });
});
