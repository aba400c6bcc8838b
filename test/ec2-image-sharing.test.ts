import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DescribeImageAttributeCommand,
  ModifyImageAttributeCommand,
  ResetImageAttributeCommand,
} from "@aws-sdk/client-ec2";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { ec2, imageIds, register, snapshotOf } from "./ec2-kit.ts";
import { kms, rootOf, testServer } from "./kit.ts";
import { refused } from "./refused.ts";
import { recordsOf } from "./trail.ts";

const other = "111122223333";

test("an image is shared with accounts, with everybody, and with nobody again", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const theirs = ec2(server, rootOf(other));
  const ImageId = await register(client, "web", await snapshotOf(server));
  const modify = (input: object) => client.send(new ModifyImageAttributeCommand({ ImageId, ...input }));
  const attribute = (as = client) =>
    as.send(new DescribeImageAttributeCommand({ ImageId, Attribute: "launchPermission" }));
  assert.deepEqual(await imageIds(theirs, { ImageIds: [ImageId] }), []);
  assert.deepEqual(await imageIds(theirs), []);
  await modify({ LaunchPermission: { Add: [{ UserId: other }] } });
  assert.deepEqual(await imageIds(theirs), [ImageId]);
  assert.deepEqual(await imageIds(theirs, { ImageIds: [ImageId] }), [ImageId]);
  assert.deepEqual(await imageIds(theirs, { ExecutableUsers: ["self"] }), [ImageId]);
  assert.deepEqual(await imageIds(theirs, { ExecutableUsers: ["all"] }), []);
  assert.deepEqual(await imageIds(theirs, { Owners: ["000000000000"] }), [ImageId]);
  assert.deepEqual((await attribute()).LaunchPermissions, [{ UserId: other }]);
  await assert.rejects(attribute(theirs), refused("AuthFailure", new RegExp(`^Not authorized for image:${ImageId}$`)));
  await modify({ Attribute: "launchPermission", OperationType: "add", UserGroups: ["all"] });
  assert.deepEqual(await imageIds(theirs), [ImageId]);
  assert.deepEqual(await imageIds(ec2(server, rootOf("222233334444")), { ExecutableUsers: ["all"] }), [ImageId]);
  await modify({ OperationType: "remove", UserIds: [other] });
  assert.deepEqual((await attribute()).LaunchPermissions, [{ Group: "all" }]);
  await client.send(new ResetImageAttributeCommand({ ImageId, Attribute: "launchPermission" }));
  assert.deepEqual(await imageIds(theirs), []);
  await modify({ Description: { Value: "new words" } });
  const description = await client.send(new DescribeImageAttributeCommand({ ImageId, Attribute: "description" }));
  assert.deepEqual(description.Description, { Value: "new words" });

  const fails = (code: string, message: RegExp, input: object) => assert.rejects(modify(input), refused(code, message));
  await fails("InvalidParameterCombination", /^No attributes specified\.$/, {});
  await fails("InvalidParameterCombination", /^No operation specified for launchPermission/, { UserIds: [other] });
  await fails("InvalidParameterCombination", /^One and only one operation/, {
    LaunchPermission: { Add: [{ UserId: other }], Remove: [{ Group: "all" }] },
  });
  await fails("InvalidAMIAttributeItemValue", /"12" for userId item type\.$/, {
    LaunchPermission: { Add: [{ UserId: "12" }] },
  });
  await fails("InvalidAMIAttributeItemValue", /userGroup/, { LaunchPermission: { Add: [{ Group: "some" }] } });
  await fails("InvalidParameterValue", /500/, {
    LaunchPermission: { Add: Array.from({ length: 501 }, (_, n) => ({ UserId: String(100_000_000_000 + n) })) },
  });
  await fails("InvalidAMIID.NotFound", /does not exist/, { ImageId: "ami-00000000000000000", UserIds: [other] });
  await fails("InvalidAMIID.Malformed", /Invalid id/, { ImageId: "image", UserIds: [other] });
});

test("images with encrypted snapshots are not public, and not shared under the default key", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const key = (await kms(server).send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
  const mine = await register(client, "mine", await snapshotOf(server, { key }));
  const share = (ImageId: string, permission: object) =>
    client.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [permission] } }));
  await share(mine, { UserId: other });
  const [probe] = (await recordsOf(server, "DescribeKey")).slice(-1);
  assert.deepEqual(probe!.requestParameters, { keyId: "alias/aws/ebs" });
  assert.equal(probe!.userIdentity.invokedBy, "ec2-frontend-api.amazonaws.com");
  await assert.rejects(share(mine, { Group: "all" }), refused("OperationNotPermitted", /publicly/));
  const defaults = await register(client, "defaults", await snapshotOf(server, { key: "default" }));
  await assert.rejects(
    share(defaults, { UserId: other }),
    refused(
      "InvalidParameter",
      /^Snapshots encrypted with the AWS Managed CMK can't be shared\. Specify another snapshot\.$/,
    ),
  );
  assert.deepEqual(await recordsOf(server, "CreateGrant"), []);
  assert.deepEqual(await imageIds(ec2(server, rootOf(other))), [mine]);
});
