import { randomBytes } from "node:crypto";
import { guestAccount, type Scene } from "./tour-scene.ts";

const describe = (SnapshotId: string, element: string) =>
  ["DescribeSnapshots", { "SnapshotId.1": SnapshotId }, element] as const;

/** An encrypted snapshot goes from one account to another, and is re-encrypted under that account's key. */
export async function tellSnapshots(scene: Scene): Promise<void> {
  const { stage, owner, guest } = scene;
  await stage.chapter("An encrypted snapshot");
  const ownersKey = await scene.key(owner, "The owner has a key.");
  const snapshot = await scene.markedSnapshot(ownersKey);

  await stage.chapter("A second account that wants it");
  const guestsKey = await scene.key(guest, "The guest has a key as well.");
  await scene.leaveUntold();
  const region = stage.root.region;
  const copy = async (told: string) => {
    const input = { SourceRegion: region, SourceSnapshotId: snapshot, Encrypted: "true", KmsKeyId: guestsKey };
    const copied = await scene.ec2(guest, told, "CopySnapshot", input);
    return /<snapshotId>(snap-\w+)</.exec(copied.output ?? "")?.[1] ?? "";
  };
  const failed = async (id: string, message: string) => {
    await scene.comesTo("What it comes to", guest, describe(id, "status"), ["pending", ""], "error");
    await scene.comesTo("And why", guest, describe(id, "statusMessage"), [], message);
  };
  const unseen = await copy("It copies what it heard of. EC2 answers at once, and looks afterwards.");
  await failed(unseen, "Source snapshot is not found");
  await scene.leaveUntold();
  const share = { SnapshotId: snapshot, "CreateVolumePermission.Add.1.UserId": guestAccount };
  await scene.ec2(owner, "The owner shares the snapshot.", "ModifySnapshotAttribute", share);
  await scene.behind(
    "EC2 looked whether the key is the default one; it decrypted nothing and granted nothing.",
    "DescribeKey",
  );
  const locked = await copy("The guest copies again. It sees the snapshot, and may not use the owner's key.");
  await failed(locked, "Given key ID is not accessible");
  await scene.behind(
    "EBS asked for a grant on the owner's key, and did not get it.",
    "DescribeKey",
    "CreateGrant denied",
  );

  await stage.chapter("Copied under the guest's own key");
  await scene.shareKey(ownersKey, "The owner's key policy lets the guest's account use the key.");
  await scene.leaveUntold();
  const copied = await copy("The same call once more.");
  await scene.comesTo("What it comes to", guest, describe(copied, "status"), ["pending", ""], "completed");
  const sequence = [
    "DescribeKey",
    "GenerateDataKeyWithoutPlaintext",
    "CreateGrant",
    "CreateGrant",
    "Decrypt",
    "Decrypt",
  ];
  await scene.behind(
    "A data key under the guest's key, a grant on either key, both opened by EBS itself, both grants retired.",
    ...sequence,
    "RetireGrant",
    "RetireGrant",
  );
  scene.newLayer("The block in the copy, as it lies on the disk:");
  scene.nowhere();
  await scene.reads(guest, "The guest reads its copy.", copied);
  await scene.noGrants(owner.endpoint, ownersKey, "the owner's");
  await scene.noGrants(guest.endpoint, guestsKey, "the guest's");

  await stage.chapter("The copy is the guest's alone");
  await stage.kms(owner, "The owner disables its key.", "DisableKey", { KeyId: ownersKey });
  await scene.reads(guest, "The copy does not need it.", copied);
  await scene.ec2(owner, "The snapshot is deleted.", "DeleteSnapshot", { SnapshotId: snapshot });
  await scene.reads(guest, "Nor that.", copied);

  await stage.chapter("What cannot be shared");
  await scene.ec2(owner, "A volume under the account's default key.", "CreateVolume", {
    AvailabilityZone: `${region}a`,
    Size: "1",
    Encrypted: "true",
    "TagSpecification.1.ResourceType": "volume",
    "TagSpecification.1.Tag.1.Key": "tour",
    "TagSpecification.1.Tag.1.Value": randomBytes(3).toString("hex"),
  });
  const volumes = { "Filter.1.Name": "encrypted", "Filter.1.Value.1": "true" };
  await scene.comesTo("It is", owner, ["DescribeVolumes", volumes, "status"], ["creating", ""], "available");
  const { output = "" } = await scene.ec2(owner, "It is found.", "DescribeVolumes", volumes);
  const VolumeId = /<volumeId>(vol-\w+)</.exec(output)?.[1] ?? "";
  const made = await scene.ec2(owner, "A snapshot of it. No call to KMS is made for that.", "CreateSnapshot", {
    VolumeId,
  });
  const ofDefault = /<snapshotId>(snap-\w+)</.exec(made.output ?? "")?.[1] ?? "";
  await scene.comesTo("It is", owner, describe(ofDefault, "status"), ["pending"], "completed");
  const forbidden = { SnapshotId: ofDefault, "CreateVolumePermission.Add.1.UserId": guestAccount };
  const told = "The default key is AWS's to manage, and nobody else can be let use it.";
  await scene.ec2(owner, told, "ModifySnapshotAttribute", forbidden, "OperationNotPermitted");
}
