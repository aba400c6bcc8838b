import assert from "node:assert/strict";
import { test } from "node:test";
import { ran } from "./cli-kit.ts";
import { withoutCli } from "./aws-cli.ts";
import { register, snapshotOf } from "./ec2-kit.ts";
import { testServer, type TestServer } from "./kit.ts";
import { awsEnvironment, boto3Missing } from "./outside-programs.ts";
import { initTerraform, terraformMissing } from "./terraform.ts";
import { ec2, instance, quiet } from "./volumes-kit.ts";

const script = `
import boto3
ec2, kms = boto3.client("ec2", region_name="eu-west-1"), boto3.client("kms", region_name="eu-west-1")
key = kms.create_key()["KeyMetadata"]["Arn"]
made = ec2.create_volume(AvailabilityZone="eu-west-1a", Size=1, Encrypted=True, KmsKeyId=key)["VolumeId"]
ec2.get_waiter("volume_available").wait(VolumeIds=[made], WaiterConfig={"Delay": 1})
ec2.attach_volume(VolumeId=made, InstanceId="INSTANCE", Device="/dev/sdf")
ec2.get_waiter("volume_in_use").wait(VolumeIds=[made], WaiterConfig={"Delay": 1})
volume = boto3.resource("ec2", region_name="eu-west-1").Volume(made)
assert volume.kms_key_id == key and volume.attachments[0]["Device"] == "/dev/sdf", volume.attachments
try:
    volume.delete()
    raise SystemExit("deleted while attached")
except ec2.exceptions.ClientError as error:
    assert error.response["Error"]["Code"] == "VolumeInUse", error
volume.modify_attribute(AutoEnableIO={"Value": True})
assert ec2.modify_volume(VolumeId=made, Size=2)["VolumeModification"]["TargetSize"] == 2
volume.create_tags(Tags=[{"Key": "team", "Value": "blue"}])
assert [v["VolumeId"] for v in ec2.describe_volumes(Filters=[{"Name": "tag:team", "Values": ["blue"]}])["Volumes"]] == [made]
while volume.attachments[0]["State"] != "attached": volume.reload()
volume.detach_from_instance()
ec2.get_waiter("volume_available").wait(VolumeIds=[made], WaiterConfig={"Delay": 1})
volume.delete()
ec2.get_waiter("volume_deleted").wait(VolumeIds=[made], WaiterConfig={"Delay": 1})
assert kms.list_grants(KeyId=key)["Grants"] == []
print("done")
`;

test("boto3 makes, attaches, grows and deletes a volume, and its waiters end", { skip: boto3Missing }, async () => {
  await using server = await testServer();
  const own = script.replace("INSTANCE", await instance(server));
  const { code, out, err } = await ran("python3", ["-c", own], awsEnvironment(server));
  assert.deepEqual([code, out, err], [0, "done\n", ""]);
});

test("the AWS CLI does the same", { skip: withoutCli }, async () => {
  await using server = await testServer();
  const env = { ...awsEnvironment(server), AWS_DEFAULT_REGION: "eu-west-1", AWS_PAGER: "" };
  const aws = async (...words: string[]): Promise<any> => {
    const done = await ran("aws", ["--endpoint-url", server.url, "--output", "json", "ec2", ...words], env);
    assert.equal(done.code, 0, done.err);
    return done.out.trim() === "" ? {} : JSON.parse(done.out);
  };
  const made = await aws("create-volume", "--availability-zone", "eu-west-1b", "--size", "4", "--encrypted");
  const id = made.VolumeId as string;
  await aws("wait", "volume-available", "--volume-ids", id);
  const to = await instance(server, { zone: "eu-west-1b" });
  assert.equal(
    (await aws("attach-volume", "--volume-id", id, "--instance-id", to, "--device", "/dev/xvdf")).State,
    "attaching",
  );
  await quiet(server);
  const { Volumes } = await aws("describe-volumes", "--filters", `Name=attachment.instance-id,Values=${to}`);
  assert.equal(Volumes[0].VolumeId, id);
  const { VolumeModification } = await aws("modify-volume", "--volume-id", id, "--volume-type", "io2", "--iops", "200");
  assert.equal(VolumeModification.TargetIops, 200);
  await quiet(server);
  assert.equal((await aws("describe-volumes-modifications")).VolumesModifications[0].ModificationState, "completed");
  await aws("detach-volume", "--volume-id", id, "--force");
  await aws("wait", "volume-available", "--volume-ids", id);
  await aws("delete-volume", "--volume-id", id);
  await aws("wait", "volume-deleted", "--volume-ids", id);
});

const configuration = (size: number, more: string) => `
resource "aws_kms_key" "disks" {}

resource "aws_ebs_volume" "data" {
  availability_zone = "eu-west-1a"
  size              = ${size}
  type              = "gp3"
  encrypted         = true
  kms_key_id        = aws_kms_key.disks.arn
  tags              = { team = "blue" }
}
${more}
output "id" { value = aws_ebs_volume.data.id }
`;

const furtherVolumes = (snapshot: string, machine: string) => `
resource "aws_ebs_volume" "copy" {
  availability_zone = "eu-west-1a"
  snapshot_id       = "${snapshot}"
  tags              = { team = "red" }
}

resource "aws_volume_attachment" "copy" {
  device_name = "/dev/sdh"
  volume_id   = aws_ebs_volume.copy.id
  instance_id = "${machine}"
}
`;

/** An instance that answers whatever Terraform asks of it. */
async function launched(server: TestServer): Promise<string> {
  const { RunInstancesCommand } = await import("@aws-sdk/client-ec2");
  const client = ec2(server);
  const ImageId = await register(client, "web", await snapshotOf(server, { region: "eu-west-1" }));
  const placed = { Placement: { AvailabilityZone: "eu-west-1a" } };
  const { Instances } = await client.send(
    new RunInstancesCommand({ ImageId, MinCount: 1, MaxCount: 1, InstanceType: "t3.micro", ...placed }),
  );
  await quiet(server);
  return Instances![0]!.InstanceId!;
}

test("Terraform makes volumes, encrypted and from a snapshot, grows one in place, attaches one, and plans nothing more", {
  skip: terraformMissing,
}, async () => {
  await using server = await testServer();
  const snapshot = await snapshotOf(server, { region: "eu-west-1", blocks: { 0: "content" } });
  const machine = await launched(server);
  using terraform = await initTerraform(server, configuration(1, furtherVolumes(snapshot, machine)));
  await terraform.apply();
  const id = await terraform.output("id");
  await terraform.change(configuration(3, furtherVolumes(snapshot, machine)));
  await terraform.planIsEmpty();
  assert.equal(await terraform.output("id"), id);
  await terraform.destroy();
});
