import { guestAccount, type Scene } from "./tour-scene.ts";

const instanceOf = (xml: string | undefined): string => /<instanceId>(i-\w+)</.exec(xml ?? "")?.[1] ?? "";

/** An encrypted image is shared, and launched from under the other account's key. */
export async function tellAmi(scene: Scene): Promise<void> {
  const { stage, owner, guest } = scene;
  await stage.chapter("An encrypted image");
  const ownersKey = await scene.key(owner, "The owner has a key.");
  const snapshot = await scene.markedSnapshot(ownersKey);
  const registered = await scene.ec2(owner, "An image is registered of it.", "RegisterImage", {
    Name: "tour",
    Architecture: "x86_64",
    VirtualizationType: "hvm",
    RootDeviceName: "/dev/xvda",
    "BlockDeviceMapping.1.DeviceName": "/dev/xvda",
    "BlockDeviceMapping.1.Ebs.SnapshotId": snapshot,
  });
  const ImageId = /<imageId>(ami-\w+)</.exec(registered.output ?? "")?.[1] ?? "";

  await stage.chapter("A second account");
  const guestsKey = await scene.key(guest, "The guest has a key as well.");
  const device = {
    "BlockDeviceMapping.1.DeviceName": "/dev/xvda",
    "BlockDeviceMapping.1.Ebs.Encrypted": "true",
    "BlockDeviceMapping.1.Ebs.KmsKeyId": guestsKey,
  };
  const input = { ImageId, InstanceType: "t3.micro", MinCount: "1", MaxCount: "1", ...device };
  const launch = (told: string, expected?: string) => scene.ec2(guest, told, "RunInstances", input, expected);
  await launch("Before it is shared, it cannot be launched.", "AuthFailure");
  await scene.leaveUntold();
  await scene.ec2(owner, "The owner shares the image; its snapshot stays its own.", "ModifyImageAttribute", {
    ImageId,
    "LaunchPermission.Add.1.UserId": guestAccount,
  });
  await scene.behind("EC2 looked whether the key is the default one.", "DescribeKey");
  const denied = await launch("The guest launches. It may not use the owner's key, which EC2 finds out afterwards.");
  const state = (xml: string | undefined, element: string) =>
    ["DescribeInstances", { "InstanceId.1": instanceOf(xml) }, element] as const;
  await scene.comesTo("What it comes to", guest, state(denied.output, "name"), ["pending"], "terminated");
  await scene.behind("EBS could not re-encrypt the volume's data key.", "ReEncrypt denied");

  await stage.chapter("Launched under the guest's own key");
  await scene.shareKey(ownersKey, "The owner's key policy lets the guest's account use the key.");
  await scene.leaveUntold();
  const launched = await launch("The same call once more.");
  await scene.comesTo("What it comes to", guest, state(launched.output, "name"), ["pending"], "running");
  await scene.behind(
    "A data key under the guest's key; a grant to the service; a grant to what runs the instance, which decrypts by it.",
    "ReEncrypt",
    "GenerateDataKeyWithoutPlaintext",
    "CreateGrant",
    "CreateGrant",
    "Decrypt",
  );
  scene.newLayer("The block in the instance's volume, as it lies on the disk:");
  scene.nowhere();
  const found = await scene.ec2(guest, "The instance and its volume.", "DescribeInstances", {
    "InstanceId.1": instanceOf(launched.output),
  });
  const VolumeId = /<volumeId>(vol-\w+)</.exec(found.output ?? "")?.[1] ?? "";
  await stage.kms(owner, "The owner disables its key.", "DisableKey", { KeyId: ownersKey });
  const made = await scene.ec2(guest, "The guest makes a snapshot of what it runs on.", "CreateSnapshot", { VolumeId });
  const own = /<snapshotId>(snap-\w+)</.exec(made.output ?? "")?.[1] ?? "";
  const status = ["DescribeSnapshots", { "SnapshotId.1": own }, "status"] as const;
  await scene.comesTo("It is", guest, status, ["pending"], "completed");
  await scene.reads(guest, "It is the guest's own: the owner's key does not matter any more.", own);

  await stage.chapter("Everything is as it was");
  const gone = { "InstanceId.1": instanceOf(launched.output) };
  await scene.ec2(guest, "The instance is terminated.", "TerminateInstances", gone);
  const passing = ["running", "shutting-down"];
  await scene.comesTo("What it comes to", guest, state(launched.output, "name"), passing, "terminated");
  await scene.behind("The grants are retired, by nobody's call but the service's own.", "RetireGrant", "RetireGrant");
  await scene.noGrants(owner.endpoint, ownersKey, "the owner's");
  await scene.noGrants(guest.endpoint, guestsKey, "the guest's");
  await scene.ec2(owner, "The image goes.", "DeregisterImage", { ImageId, DeleteAssociatedSnapshots: "true" });
  scene.nowhere();
}
