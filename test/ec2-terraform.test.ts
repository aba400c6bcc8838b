import assert from "node:assert/strict";
import { test } from "node:test";
import { DescribeImagesCommand, DescribeInstancesCommand, DescribeVolumesCommand } from "@aws-sdk/client-ec2";
import { ec2, imageIds, snapshotOf } from "./ec2-kit.ts";
import { rootOf, testServer } from "./kit.ts";
import { initTerraform, terraformMissing } from "./terraform.ts";
import { keyFor } from "./ec2-instance-kit.ts";

const other = "111122223333";

const configuration = (snapshot: string, key: string) => `
resource "aws_ami" "web" {
  name                = "web"
  architecture        = "x86_64"
  virtualization_type = "hvm"
  root_device_name    = "/dev/xvda"
  ena_support         = true
  ebs_block_device {
    device_name = "/dev/xvda"
    snapshot_id = "${snapshot}"
    volume_size = 1
    volume_type = "gp3"
  }
  tags = { team = "shop" }
}

resource "aws_kms_key" "copies" {}

resource "aws_ami_copy" "copy" {
  name              = "copy"
  source_ami_id     = aws_ami.web.id
  source_ami_region = "eu-west-1"
  encrypted         = true
  kms_key_id        = aws_kms_key.copies.arn
}

resource "aws_ami_launch_permission" "other" {
  image_id   = aws_ami_copy.copy.id
  account_id = "${other}"
}

data "aws_ami" "newest" {
  most_recent = true
  owners      = ["self"]
  filter {
    name   = "name"
    values = [aws_ami.web.name]
  }
}

resource "aws_instance" "web" {
  ami           = data.aws_ami.newest.id
  instance_type = "t3.micro"
  root_block_device {
    encrypted  = true
    kms_key_id = "${key}"
  }
  tags = { name = "web" }
}

output "copy" { value = aws_ami_copy.copy.id }
output "instance" { value = aws_instance.web.id }
output "volume" { value = aws_instance.web.root_block_device[0].volume_id }
`;

test("Terraform registers, copies and shares an image, launches from it and takes everything away", {
  skip: terraformMissing,
}, async () => {
  await using server = await testServer();
  const client = ec2(server);
  const snapshot = await snapshotOf(server);
  const key = await keyFor(server);
  using terraform = await initTerraform(server, configuration(snapshot, key));
  await terraform.apply();
  await terraform.planIsEmpty();
  const copy = await terraform.output("copy");
  const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [copy] }));
  assert.equal(Images![0]!.BlockDeviceMappings![0]!.Ebs!.Encrypted, true);
  assert.deepEqual(await imageIds(ec2(server, rootOf(other))), [copy]);
  const { Volumes } = await client.send(new DescribeVolumesCommand({ VolumeIds: [await terraform.output("volume")] }));
  assert.deepEqual([Volumes![0]!.KmsKeyId, Volumes![0]!.State], [key, "in-use"]);
  const InstanceIds = [await terraform.output("instance")];
  const now = async () =>
    (await client.send(new DescribeInstancesCommand({ InstanceIds }))).Reservations![0]!.Instances![0]!;
  assert.equal((await now()).State!.Name, "running");
  await terraform.destroy();
  assert.equal((await now()).State!.Name, "terminated");
  assert.deepEqual(await imageIds(client), []);
  assert.deepEqual((await client.send(new DescribeVolumesCommand({}))).Volumes, []);
});
