import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateTagsCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  type RegisterImageCommandInput,
} from "@aws-sdk/client-ec2";
import { ec2, imageIds, mapping, register, snapshotOf } from "./ec2-kit.ts";
import { rootOf, testServer } from "./kit.ts";
import { addUser } from "./principals.ts";
import { refused } from "./refused.ts";
import { recordsOf } from "./trail.ts";

const other = "111122223333";

test("an image is registered from a snapshot, described, tagged and deregistered", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const snapshot = await snapshotOf(server, { sizeGiB: 2 });
  const TagSpecifications = [{ ResourceType: "image" as const, Tags: [{ Key: "team", Value: "shop" }] }];
  const BlockDeviceMappings = [
    mapping(snapshot, { VolumeType: "gp3", DeleteOnTermination: false }),
    { DeviceName: "/dev/sdb", Ebs: { VolumeSize: 5, Encrypted: true } },
  ];
  const more = { Description: "a test", EnaSupport: true, BlockDeviceMappings, TagSpecifications };
  const ImageId = await register(client, "web (1)", snapshot, more);
  const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [ImageId] }));
  const { CreationDate, ...image } = Images![0]!;
  assert.match(CreationDate!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(image, {
    ImageId,
    ImageLocation: "000000000000/web (1)",
    ImageType: "machine",
    Name: "web (1)",
    OwnerId: "000000000000",
    Public: false,
    State: "available",
    Description: "a test",
    Architecture: "x86_64",
    VirtualizationType: "hvm",
    Hypervisor: "xen",
    RootDeviceName: "/dev/xvda",
    RootDeviceType: "ebs",
    BlockDeviceMappings: [
      {
        DeviceName: "/dev/xvda",
        Ebs: {
          SnapshotId: snapshot,
          VolumeSize: 2,
          VolumeType: "gp3",
          DeleteOnTermination: false,
          Encrypted: false,
        },
      },
      {
        DeviceName: "/dev/sdb",
        Ebs: { VolumeSize: 5, VolumeType: "gp2", DeleteOnTermination: true, Encrypted: true },
      },
    ],
    EnaSupport: true,
    PlatformDetails: "Linux/UNIX",
    UsageOperation: "RunInstances",
    DeregistrationProtection: "disabled",
    Tags: [{ Key: "team", Value: "shop" }],
  });
  await client.send(new CreateTagsCommand({ Resources: [ImageId], Tags: [{ Key: "team", Value: "sales" }] }));
  const filter = (Name: string, ...Values: string[]) => imageIds(client, { Filters: [{ Name, Values }] });
  assert.deepEqual(await filter("tag:team", "sales"), [ImageId]);
  assert.deepEqual(await filter("name", "web*"), [ImageId]);
  assert.deepEqual(await filter("block-device-mapping.snapshot-id", snapshot), [ImageId]);
  assert.deepEqual(await filter("state", "pending", "failed"), []);
  assert.deepEqual(await imageIds(client, { Owners: ["self"] }), [ImageId]);
  assert.deepEqual(await imageIds(client, { Owners: ["amazon"] }), []);
  await client.send(new DeregisterImageCommand({ ImageId }));
  const gone = client.send(new DescribeImagesCommand({ ImageIds: [ImageId] }));
  await assert.rejects(gone, refused("InvalidAMIID.NotFound", /^The image id '\[ami-\w+\]' does not exist$/));
  const [recorded] = await recordsOf(server, "RegisterImage");
  assert.deepEqual(recorded!.responseElements, { imageId: ImageId });
});

test("what is no image is refused in AWS's words", async () => {
  await using server = await testServer();
  const client = ec2(server);
  const snapshot = await snapshotOf(server, { sizeGiB: 2 });
  const first = await register(client, "web", snapshot);
  const fails = async (code: string, message: RegExp, more: Partial<RegisterImageCommandInput>, name = "more") =>
    assert.rejects(register(client, name, snapshot, more), refused(code, message));
  await fails("InvalidAMIName.Duplicate", new RegExp(`^AMI name web is already in use by AMI ${first}$`), {}, "web");
  for (const name of ["ab", "x".repeat(129), "a\nb", "naïve"])
    await fails("InvalidAMIName.Malformed", /between 3 and 128/, {}, name);
  const devices = (...BlockDeviceMappings: object[]) => ({ BlockDeviceMappings });
  await fails("InvalidBlockDeviceMapping", /^No root snapshot specified/, devices());
  await fails("InvalidBlockDeviceMapping", /^No root snapshot/, devices(mapping(snapshot, {}, "/dev/sdb")));
  await fails("InvalidBlockDeviceMapping", /expect size >= 2GB$/, devices(mapping(snapshot, { VolumeSize: 1 })));
  await fails("InvalidBlockDeviceMapping", /encrypted flag/, devices(mapping(snapshot, { Encrypted: true })));
  await fails("InvalidBlockDeviceMapping", /more than one/, devices(mapping(snapshot), mapping(snapshot)));
  await fails("InvalidBlockDeviceMapping", /device name/, devices(mapping(snapshot, {}, "C:")));
  await fails("InvalidSnapshot.NotFound", /does not exist/, devices(mapping("snap-00000000000000000")));
  await fails("InvalidSnapshotID.Malformed", /Invalid id/, devices(mapping("snap-x")));
  await fails("InvalidParameterValue", /architecture/, { Architecture: "vax" as "arm64" });
  const theirs = await snapshotOf(server, { as: rootOf(other) });
  await fails("InvalidSnapshot.NotFound", /does not exist/, devices(mapping(theirs)));
  assert.deepEqual(await imageIds(client), [first]);
  const ann = await addUser(server, "ann", ["ec2:DescribeImages"]);
  await assert.rejects(register(ec2(server, ann.credentials), "mine", snapshot), refused("UnauthorizedOperation"));
  const names = await Promise.allSettled([1, 2, 3].map(() => register(client, "raced", snapshot)));
  assert.equal(names.filter(({ status }) => status === "fulfilled").length, 1);
});
