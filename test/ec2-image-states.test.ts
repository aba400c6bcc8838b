import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DisableImageBlockPublicAccessCommand,
  DisableImageCommand,
  EnableImageBlockPublicAccessCommand,
  EnableImageCommand,
  GetImageBlockPublicAccessStateCommand,
  ModifyImageAttributeCommand,
} from "@aws-sdk/client-ec2";
import { launch, shareImage } from "./ec2-instance-kit.ts";
import { ec2, imageIds, register, snapshotOf } from "./ec2-kit.ts";
import { rootOf, testServer } from "./kit.ts";
import { refused } from "./refused.ts";

const other = "111122223333";

test("a disabled image is shared with nobody, launches nothing, and comes back", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const ImageId = await register(client, "web", await snapshotOf(server));
  await shareImage(client, ImageId, other);
  const theirs = ec2(server, rootOf(other));
  await assert.rejects(theirs.send(new DisableImageCommand({ ImageId })), refused("AuthFailure"));
  await client.send(new DisableImageCommand({ ImageId }));
  assert.deepEqual(await imageIds(theirs), []);
  assert.deepEqual(await imageIds(client), []);
  assert.deepEqual(await imageIds(client, { IncludeDisabled: true }), [ImageId]);
  const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [ImageId] }));
  assert.equal(Images![0]!.State, "disabled");
  await assert.rejects(launch(client, ImageId), refused("InvalidAMIID.Unavailable"));
  await client.send(new EnableImageCommand({ ImageId }));
  assert.deepEqual(await imageIds(client), [ImageId]);
  const permission = await client.send(new DescribeImageAttributeCommand({ ImageId, Attribute: "launchPermission" }));
  assert.deepEqual(permission.LaunchPermissions ?? [], []);
});

test("public sharing of images is blocked for an account in a Region, and unblocked", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const ImageId = await register(client, "web", await snapshotOf(server));
  const state = async () =>
    (await client.send(new GetImageBlockPublicAccessStateCommand({}))).ImageBlockPublicAccessState;
  const publish = () =>
    client.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ Group: "all" }] } }));
  assert.equal(await state(), "unblocked");
  const ImageBlockPublicAccessState = "block-new-sharing";
  await client.send(new EnableImageBlockPublicAccessCommand({ ImageBlockPublicAccessState }));
  assert.equal(await state(), "block-new-sharing");
  await assert.rejects(publish(), refused("OperationNotPermitted", /block public access for AMIs is enabled/));
  await shareImage(client, ImageId, other);
  await client.send(new DisableImageBlockPublicAccessCommand({}));
  await publish();
  assert.deepEqual(await imageIds(ec2(server, rootOf("222233334444"))), [ImageId]);
});

test("lists of images are paged, each image once, whoever it is shared with", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const theirs = ec2(server, rootOf(other));
  const snapshot = await snapshotOf(server);
  const own = await snapshotOf(server, { as: rootOf(other) });
  const all: string[] = [];
  for (let number = 0; number < 8; number++) {
    const ImageId = await register(client, `web-${number}`, snapshot);
    await shareImage(client, ImageId, other);
    const LaunchPermission = { Add: [{ Group: "all" as const }] };
    if (number % 2 === 0) await client.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission }));
    all.push(ImageId);
  }
  all.push(await register(theirs, "own", own));
  const found: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await theirs.send(new DescribeImagesCommand({ MaxResults: 5, ...(NextToken && { NextToken }) }));
    assert.ok(page.Images!.length <= 5);
    found.push(...page.Images!.map(({ ImageId }) => ImageId!));
    NextToken = page.NextToken;
  } while (NextToken);
  assert.deepEqual(found.toSorted(), all.toSorted());
  const foreign = (await client.send(new DescribeImagesCommand({ MaxResults: 5 }))).NextToken!;
  await assert.rejects(
    theirs.send(new DescribeImagesCommand({ MaxResults: 5, NextToken: foreign })),
    refused("InvalidParameterValue"),
  );
});
