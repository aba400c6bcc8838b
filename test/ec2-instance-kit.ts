import {
  DescribeInstancesCommand,
  type EC2Client,
  type Instance,
  ModifyImageAttributeCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  type RunInstancesCommandOutput,
} from "@aws-sdk/client-ec2";
import { CreateKeyCommand, ListGrantsCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { type Credentials, kms, type TestServer } from "./kit.ts";
import { NbdClient } from "./nbd-client.ts";

/** A key that these accounts may use, beside its own. */
export async function keyFor(server: TestServer, accounts: readonly string[] = [], as?: Credentials): Promise<string> {
  const client = kms(server, as);
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const Statement = [KeyMetadata!.AWSAccountId!, ...accounts].map((AWS) => ({
    Effect: "Allow",
    Principal: { AWS },
    Action: "kms:*",
    Resource: "*",
  }));
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await client.send(new PutKeyPolicyCommand({ KeyId: KeyMetadata!.KeyId, Policy }));
  return KeyMetadata!.Arn!;
}

export const grantsOn = async (server: TestServer, KeyId: string, as?: Credentials): Promise<string[]> =>
  (await kms(server, as).send(new ListGrantsCommand({ KeyId }))).Grants!.map(
    ({ GranteePrincipal, GranteeServicePrincipal }) => GranteePrincipal ?? GranteeServicePrincipal ?? "",
  );

export const shareImage = async (client: EC2Client, ImageId: string, UserId: string): Promise<unknown> =>
  client.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ UserId }] } }));

export async function launch(
  client: EC2Client,
  ImageId: string,
  more: Partial<RunInstancesCommandInput> = {},
): Promise<RunInstancesCommandOutput> {
  const input = { ImageId, MinCount: 1, MaxCount: 1, InstanceType: "t3.micro" as const, ...more };
  return await client.send(new RunInstancesCommand(input));
}

export async function instanceNow(client: EC2Client, InstanceId: string): Promise<Instance> {
  const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] }));
  return Reservations![0]!.Instances![0]!;
}

/** What stands at the beginning of an attached volume, as its instance sees it. */
export async function readVolume(server: TestServer, volumeId: string, length: number): Promise<string> {
  using device = await NbdClient.open(server.house.disks.socketOf(volumeId), volumeId);
  return (await device.read(0, length)).toString();
}

export async function writeVolume(server: TestServer, volumeId: string, text: string): Promise<void> {
  using device = await NbdClient.open(server.house.disks.socketOf(volumeId), volumeId);
  await device.write(0, Buffer.from(text));
  await device.flush();
}

/** The volume that an instance has as this device. */
export const volumeAt = ({ BlockDeviceMappings = [] }: Instance, device = "/dev/xvda"): string =>
  BlockDeviceMappings.find(({ DeviceName }) => DeviceName === device)!.Ebs!.VolumeId!;
