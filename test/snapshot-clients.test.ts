import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { ran } from "./cli-kit.ts";
import { rootOf, testServer } from "./kit.ts";
import { aws, awsCliMissing, awsEnvironment, boto3Missing } from "./outside-programs.ts";
import { blockBytes, blocksOf, ebs, ec2, madeSnapshot, owner, settled, sharedKey, target } from "./snapshot-kit.ts";
import { initTerraform, terraformMissing } from "./terraform.ts";
import { recordsOf } from "./trail.ts";

const blocks = new Map([[3, randomBytes(blockBytes)]]);
const there = "us-east-1";

test("the AWS CLI shares a snapshot and copies it to another Region with a presigned URL of its own", {
  skip: awsCliMissing,
}, async () => {
  await using server = await testServer();
  const [KO, KT] = [await sharedKey(server, owner, [target]), await sharedKey(server, target, [], there)];
  const source = await madeSnapshot(server, blocks, KO);
  const asOwner = (...words: string[]) => aws<any>(server, ["ec2", ...words], rootOf(owner));
  const asTarget = (...words: string[]) => aws<any>(server, ["ec2", ...words, "--region", there], rootOf(target));
  const attribute = ["--snapshot-id", source, "--attribute", "createVolumePermission"];
  await asOwner("modify-snapshot-attribute", ...attribute, "--operation-type", "add", "--user-ids", target);
  const shown = await asOwner("describe-snapshot-attribute", ...attribute);
  assert.deepEqual(shown.CreateVolumePermissions, [{ UserId: target }]);
  const tags = "ResourceType=snapshot,Tags=[{Key=team,Value=blue}]";
  const from = ["--source-region", "eu-west-1", "--source-snapshot-id", source];
  const wanted = ["--encrypted", "--kms-key-id", KT, "--description", "mine", "--tag-specifications", tags];
  const copied = await asTarget("copy-snapshot", ...from, ...wanted);
  assert.deepEqual(copied.Tags, [{ Key: "team", Value: "blue" }]);
  await asTarget("wait", "snapshot-completed", "--snapshot-ids", copied.SnapshotId);
  const found = await asTarget("describe-snapshots", "--owner-ids", "self", "--filters", "Name=tag:team,Values=bl*");
  assert.equal(found.Snapshots[0].SnapshotId, copied.SnapshotId);
  assert.equal(found.Snapshots[0].KmsKeyId, KT);
  assert.deepEqual(await blocksOf(ebs(server, rootOf(target), there), copied.SnapshotId), blocks);
  const [record] = await recordsOf(server, "CopySnapshot");
  assert.equal(record!.requestParameters.destinationRegion, there);
  assert.equal(record!.requestParameters.masterEncryptionKeyId, KT);
  await asTarget("delete-snapshot", "--snapshot-id", copied.SnapshotId);
});

const script = `
import boto3, sys
source, key = sys.argv[1:]
ec2 = boto3.client("ec2")
far = boto3.client("ec2", region_name="us-east-1")
volume = ec2.create_volume(AvailabilityZone="eu-west-1a", SnapshotId=source)["VolumeId"]
ec2.get_waiter("volume_available").wait(VolumeIds=[volume], WaiterConfig={"Delay": 1})
made = ec2.create_snapshot(VolumeId=volume, TagSpecifications=[{"ResourceType": "snapshot", "Tags": [{"Key": "n", "Value": "1"}]}])
ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[made["SnapshotId"]], WaiterConfig={"Delay": 1})
copied = far.copy_snapshot(SourceRegion="eu-west-1", SourceSnapshotId=made["SnapshotId"], Encrypted=True, KmsKeyId=key)["SnapshotId"]
far.get_waiter("snapshot_completed").wait(SnapshotIds=[copied], WaiterConfig={"Delay": 1})
snapshot = boto3.resource("ec2", region_name="us-east-1").Snapshot(copied)
assert snapshot.progress == "100%" and snapshot.kms_key_id == key and snapshot.volume_size == 1, snapshot.progress
lost = far.copy_snapshot(SourceRegion="eu-west-1", SourceSnapshotId="snap-0123456789abcdef0")["SnapshotId"]
try:
    far.get_waiter("snapshot_completed").wait(SnapshotIds=[lost], WaiterConfig={"Delay": 1})
    raise SystemExit("a copy of nothing")
except Exception as error:
    assert "terminal failure" in str(error), error
for number in range(12):
    ec2.copy_snapshot(SourceRegion="eu-west-1", SourceSnapshotId=source, Description=f"number {number}")
pages = list(ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], PaginationConfig={"PageSize": 5}))
ids = [s["SnapshotId"] for page in pages for s in page["Snapshots"]]
assert len(pages) == 3 and len(ids) == 14 and len(set(ids)) == 14, [len(page["Snapshots"]) for page in pages]
print("done")
`;

test("boto3 waits for snapshots and copies, is told of one that failed, and pages", {
  skip: boto3Missing,
}, async () => {
  await using server = await testServer();
  const source = await madeSnapshot(server, blocks, await sharedKey(server, owner));
  const key = await sharedKey(server, owner, [], there);
  const { code, out, err } = await ran("python3", ["-c", script, source, key], awsEnvironment(server, rootOf(owner)));
  assert.deepEqual([code, out, err], [0, "done\n", ""]);
});

const configuration = (source: string) => `
resource "aws_kms_key" "copies" {}

resource "aws_ebs_volume" "disk" {
  availability_zone = "eu-west-1a"
  snapshot_id       = "${source}"
}

resource "aws_ebs_snapshot" "taken" {
  volume_id   = aws_ebs_volume.disk.id
  description = "taken"
  tags        = { team = "blue" }
}

resource "aws_ebs_snapshot_copy" "copied" {
  source_snapshot_id = aws_ebs_snapshot.taken.id
  source_region      = "eu-west-1"
  encrypted          = true
  kms_key_id         = aws_kms_key.copies.arn
}

resource "aws_snapshot_create_volume_permission" "shared" {
  snapshot_id = aws_ebs_snapshot_copy.copied.id
  account_id  = "${target}"
}

output "copied" { value = aws_ebs_snapshot_copy.copied.id }
`;

test("Terraform takes, copies and shares snapshots, wants no more, and takes them away", {
  skip: terraformMissing,
}, async () => {
  await using server = await testServer();
  const source = await madeSnapshot(server, blocks, undefined, rootOf("000000000000"));
  using terraform = await initTerraform(server, configuration(source));
  await terraform.apply();
  await terraform.planIsEmpty();
  const copied = await terraform.output("copied");
  assert.equal((await settled(ec2(server, rootOf(target)), copied)).SnapshotId, copied);
  await terraform.destroy();
  assert.deepEqual(
    server.house.entities.listByScope("snapshot", "000000000000/eu-west-1", { after: "", limit: 10 }).length,
    1,
  );
});
