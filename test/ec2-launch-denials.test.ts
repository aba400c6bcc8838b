import assert from "node:assert/strict";
import { before, after, test } from "node:test";
import { DescribeVolumesCommand, StopInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { ec2, register, snapshotOf } from "./ec2-kit.ts";
import { grantsOn, instanceNow, keyFor, launch, readVolume, shareImage, volumeAt } from "./ec2-instance-kit.ts";
import { iam, rootOf, type TestServer, testServer } from "./kit.ts";
import { addUser } from "./principals.ts";
import { refused } from "./refused.ts";
import { recordsOf } from "./trail.ts";
import { quiet } from "./volumes-kit.ts";

const other = "111122223333";
const marker = "the plain text of a shared image";

/** What is denied to whoever launches another account's encrypted image under a key of its own, and what comes of it. */
const cases: readonly (readonly [key: "owner's" | "own", action: string, state: "running" | "terminated"])[] = [
  ["own", "kms:CreateGrant", "terminated"],
  ["own", "kms:GenerateDataKeyWithoutPlaintext", "terminated"],
  ["own", "kms:ReEncryptTo", "terminated"],
  ["own", "kms:DescribeKey", "running"],
  ["own", "kms:Decrypt", "running"],
  ["own", "kms:Encrypt", "running"],
  ["own", "kms:GenerateDataKey", "running"],
  ["owner's", "kms:ReEncryptFrom", "terminated"],
  ["owner's", "kms:CreateGrant", "running"],
  ["owner's", "kms:DescribeKey", "running"],
  ["owner's", "kms:Decrypt", "running"],
  ["owner's", "kms:GenerateDataKey", "running"],
];

interface Scene {
  readonly image: string;
  readonly keys: { readonly "owner's": string; readonly own: string };
}

let server: TestServer;
let scene: Scene;

before(async () => {
  server = await testServer();
  const keys = { "owner's": await keyFor(server, [other]), own: await keyFor(server, [], rootOf(other)) };
  const snapshot = await snapshotOf(server, { key: keys["owner's"], blocks: { 0: marker } });
  const image = await register(ec2(server), "shared", snapshot);
  await shareImage(ec2(server), image, other);
  scene = { image, keys };
});
after(() => server[Symbol.asyncDispose]());

for (const [number, [key, action, state]] of cases.entries())
  test(`a launch is ${state} when ${action} on the ${key} key is denied`, async () => {
    const { image, keys } = scene;
    const name = `user${number}`;
    const user = await addUser(server, name, ["ec2:*", "kms:*"], other);
    const Statement = [{ Effect: "Deny", Action: action, Resource: keys[key] }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    const policy = { UserName: name, PolicyName: "deny", PolicyDocument };
    await iam(server, rootOf(other)).send(new PutUserPolicyCommand(policy));
    const client = ec2(server, user.credentials);
    const root = ec2(server, rootOf(other));
    const Ebs = { Encrypted: true, KmsKeyId: keys.own };
    const more = { BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs }] };
    await assert.rejects(launch(client, image, { ...more, DryRun: true }), refused("DryRunOperation"));
    const launched = (await launch(client, image, more)).Instances![0]!;
    assert.equal(launched.State!.Name, "pending");
    const InstanceId = launched.InstanceId!;
    await quiet(server);
    const instance = await instanceNow(root, InstanceId);
    assert.equal(instance.State!.Name, state);
    if (state === "terminated") {
      const message = "Client.InternalError: Client error on launch";
      assert.deepEqual(instance.StateReason, { Code: "Client.InternalError", Message: message });
      const denials = (await recordsOf(server, action.slice("kms:".length).replace(/(From|To)$/, ""))).filter(
        ({ userIdentity, errorCode }) => userIdentity.arn === user.arn && String(errorCode).startsWith("AccessDenied"),
      );
      assert.equal(denials.length, 1);
      const told = (await recordsOf(server, "EBS Volume Notification")).map((one) => one.serviceEventDetails);
      const failed = told.findLast(({ result }) => result === "failed")!;
      assert.equal(failed.cause, denials[0]!.errorMessage);
      assert.match(
        denials[0]!.errorMessage,
        new RegExp(`perform: ${action} on (?:this resource|resource: .*) with an explicit deny`),
      );
    } else {
      const volumeId = volumeAt(instance);
      assert.equal(await readVolume(server, volumeId, marker.length), marker);
      const { Volumes } = await root.send(new DescribeVolumesCommand({ VolumeIds: [volumeId] }));
      assert.equal(Volumes![0]!.KmsKeyId, keys.own);
      await root.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
      await quiet(server);
    }
    assert.deepEqual((await root.send(new DescribeVolumesCommand({}))).Volumes, []);
    assert.deepEqual(await grantsOn(server, keys["owner's"]), []);
    assert.deepEqual(await grantsOn(server, keys.own, rootOf(other)), []);
  });

test("a launch that is denied leaves nothing that could be stopped", async () => {
  const root = ec2(server, rootOf(other));
  const user = await addUser(server, "nobody", ["ec2:*"], other);
  const { Instances } = await launch(ec2(server, user.credentials), scene.image);
  await quiet(server);
  const { InstanceId, State } = await instanceNow(root, Instances![0]!.InstanceId!);
  assert.equal(State!.Name, "terminated");
  const stop = root.send(new StopInstancesCommand({ InstanceIds: [InstanceId!] }));
  await assert.rejects(stop, refused("IncorrectInstanceState", /not in a state from which it can be stopped/));
});
