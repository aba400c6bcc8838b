import type { Scene } from "./tour-scene.ts";

const far = "us-west-2";

/** An encrypted snapshot goes to another Region, where the key of the first means nothing. */
export async function tellRegions(scene: Scene): Promise<void> {
  const { stage, owner } = scene;
  const near = stage.root.region;
  const there = scene.in(owner, far);
  await stage.chapter(`An encrypted snapshot in ${near}`);
  const nearKey = await scene.key(owner, "A key of this Region.");
  const snapshot = await scene.markedSnapshot(nearKey);

  await stage.chapter(`A key of ${far}`);
  const farKey = await scene.key(there, "Every Region has its own keys.");
  await scene.leaveUntold();
  const base = { SourceRegion: near, SourceSnapshotId: snapshot, Encrypted: "true" };
  const wrong = { ...base, KmsKeyId: nearKey };
  const told = `The copy is asked for where it is to be. A key of ${near} is none of ${far}.`;
  await scene.ec2(there, told, "CopySnapshot", wrong, "InvalidParameterValue");
  await scene.leaveUntold();

  await stage.chapter("Decrypted in one Region, encrypted in the other");
  const copied = await scene.ec2(there, `Under the key of ${far}.`, "CopySnapshot", { ...base, KmsKeyId: farKey });
  const copy = /<snapshotId>(snap-\w+)</.exec(copied.output ?? "")?.[1] ?? "";
  const status = ["DescribeSnapshots", { "SnapshotId.1": copy }, "status"] as const;
  await scene.comesTo("What it comes to", there, status, ["pending", ""], "completed");
  await scene.behind(
    "The key of either Region was asked where it is; the data key of the copy is a new one.",
    "DescribeKey",
    "GenerateDataKeyWithoutPlaintext",
    "CreateGrant",
    "CreateGrant",
    "Decrypt",
    "Decrypt",
  );
  scene.newLayer("The block in the copy, as it lies on the disk:");
  scene.nowhere();
  await scene.reads(there, "The copy is read where it is.", copy);
  await scene.noGrants(owner.endpoint, nearKey, `the ${near}`);
  await scene.noGrants(there.endpoint, farKey, `the ${far}`);

  await stage.chapter("A Region is lost");
  const schedule = { KeyId: nearKey, PendingWindowInDays: 7 };
  await stage.kms(owner, `The key of ${near} goes.`, "ScheduleKeyDeletion", schedule);
  await stage.advance("Eight days pass.", 8);
  await stage.event("The service deleted it at its date.", "DeleteKey", nearKey);
  await scene.reads(there, `What was copied to ${far} is there.`, copy);
  const again = { SourceRegion: far, SourceSnapshotId: copy, Encrypted: "true" };
  const back = await scene.ec2(owner, "It is copied back, under the default key.", "CopySnapshot", again);
  const returned = /<snapshotId>(snap-\w+)</.exec(back.output ?? "")?.[1] ?? "";
  const state = ["DescribeSnapshots", { "SnapshotId.1": returned }, "status"] as const;
  await scene.comesTo("What it comes to", owner, state, ["pending", ""], "completed");
  await scene.reads(owner, `And ${near} has it again.`, returned);
}
