import assert from "node:assert/strict";
import { test } from "node:test";
import { ran } from "./cli-kit.ts";
import { keyFor } from "./ec2-instance-kit.ts";
import { snapshotOf } from "./ec2-kit.ts";
import { rootOf, testServer } from "./kit.ts";
import { quiet } from "./volumes-kit.ts";
import { aws, awsCliMissing, awsEnvironment, awsRan, boto3Missing } from "./outside-programs.ts";

const other = "111122223333";

test("the AWS CLI chooses defaults, registers, shares, copies and launches", { skip: awsCliMissing }, async () => {
  await using server = await testServer();
  const ec2 = <T = Record<string, any>>(words: string, as?: string) =>
    aws<T>(server, ["ec2", ...words.split(" ")], as === undefined ? undefined : rootOf(as));
  const key = await keyFor(server, [other]);
  assert.deepEqual(await ec2("get-ebs-default-kms-key-id"), { KmsKeyId: "alias/aws/ebs" });
  assert.deepEqual(await ec2(`modify-ebs-default-kms-key-id --kms-key-id ${key}`), { KmsKeyId: key });
  assert.deepEqual(await ec2("enable-ebs-encryption-by-default"), { EbsEncryptionByDefault: true });
  const snapshot = await snapshotOf(server, { key });
  const devices = `DeviceName=/dev/xvda,Ebs={SnapshotId=${snapshot},VolumeType=gp3}`;
  const { ImageId } = await ec2<{ ImageId: string }>(
    `register-image --name web --architecture x86_64 --virtualization-type hvm --root-device-name /dev/xvda --block-device-mappings ${devices}`,
  );
  await ec2(`modify-image-attribute --image-id ${ImageId} --launch-permission Add=[{UserId=${other}}]`);
  await ec2(
    `modify-snapshot-attribute --snapshot-id ${snapshot} --attribute createVolumePermission --operation-type add --user-ids ${other}`,
  );
  const shared = await ec2(`describe-images --executable-users self --query Images[].ImageId`, other);
  assert.deepEqual(shared, [ImageId]);
  const copy = await ec2<{ ImageId: string }>(
    `copy-image --name copy --source-image-id ${ImageId} --source-region eu-west-1 --encrypted`,
    other,
  );
  await quiet(server);
  assert.equal(
    (await awsRan(server, ["ec2", "wait", "image-available", "--image-ids", copy.ImageId], rootOf(other))).code,
    0,
  );
  const { Instances } = await ec2<{ Instances: { InstanceId: string }[] }>(
    `run-instances --image-id ${copy.ImageId} --instance-type t3.micro --count 1`,
    other,
  );
  const id = Instances[0]!.InstanceId;
  await quiet(server);
  assert.equal(
    (await awsRan(server, ["ec2", "wait", "instance-running", "--instance-ids", id], rootOf(other))).code,
    0,
  );
  const terminated = await ec2(`terminate-instances --instance-ids ${id}`, other);
  assert.equal(terminated.TerminatingInstances[0].CurrentState.Name, "shutting-down");
  const denied = await awsRan(server, ["ec2", "deregister-image", "--image-id", ImageId], rootOf(other));
  assert.match(denied.err, /\(AuthFailure\) when calling the DeregisterImage operation: Not authorized for image:ami-/);
});

const script = `
import boto3, sys
snapshot, key = sys.argv[1:]
ec2 = boto3.client("ec2")
image = ec2.register_image(Name="web", Architecture="x86_64", VirtualizationType="hvm", RootDeviceName="/dev/xvda",
    BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}])["ImageId"]
ec2.get_waiter("image_exists").wait(ImageIds=[image])
vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"][0]
ids = [i["InstanceId"] for i in ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2, InstanceType="m5.large",
    SubnetId=subnet["SubnetId"], BlockDeviceMappings=[{"DeviceName": "/dev/xvda",
    "Ebs": {"Encrypted": True, "KmsKeyId": key}}])["Instances"]]
ec2.get_waiter("instance_running").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
ec2.get_waiter("instance_status_ok").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
zones = {i["Placement"]["AvailabilityZone"] for page in ec2.get_paginator("describe_instances").paginate()
    for r in page["Reservations"] for i in r["Instances"]}
assert zones == {subnet["AvailabilityZone"]}, zones
ec2.stop_instances(InstanceIds=ids)
ec2.get_waiter("instance_stopped").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
made = ec2.create_image(InstanceId=ids[0], Name="made")["ImageId"]
ec2.get_waiter("image_available").wait(ImageIds=[made], WaiterConfig={"Delay": 1})
ec2.terminate_instances(InstanceIds=ids)
ec2.get_waiter("instance_terminated").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
assert boto3.resource("ec2").Image(made).block_device_mappings[0]["Ebs"]["Encrypted"] is True
print("done")
`;

test("boto3's waiters see images and instances come and go", { skip: boto3Missing }, async () => {
  await using server = await testServer();
  const words = ["-c", script, await snapshotOf(server), await keyFor(server)];
  const { code, out, err } = await ran("python3", words, awsEnvironment(server));
  assert.deepEqual([code, out, err], [0, "done\n", ""]);
});
