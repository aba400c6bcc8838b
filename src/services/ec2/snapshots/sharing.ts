import { iamArn } from "../../../arn.ts";
import { AwsError, refuse } from "../../../errors.ts";
import type { Call, ServiceEvent } from "../../../operation.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import { forwarders, voiceOf } from "../../../volumes/kms-voice.ts";
import { defaultKey } from "../../../volumes/settings.ts";
import { snapshotNotification } from "./notifications.ts";
import { everybody, publicSharingOf } from "../../../volumes/sharing.ts";
import { shareId, shareScope, type SnapshotShare } from "./visible.ts";

const sharesMost = 1000;

/** Whom a snapshot is shared with from now on: the row, its other side, and what those who are new to it are told. */
export function sharedWith(
  snapshot: Entity<Snapshot>,
  after: readonly string[],
  { entities, now }: Pick<Call, "entities" | "now">,
): { changes: Change[]; events: ServiceEvent[] } {
  const { content, row } = snapshot;
  if (after.length > sharesMost)
    refuse("ResourceLimitExceeded", `A snapshot can be shared with at most ${sharesMost} accounts.`);
  const before = content.sharedWith;
  const added = after.filter((who) => !before.includes(who));
  const share: SnapshotShare = { snapshot: row.id };
  return {
    changes: [
      entities.put(snapshot, { ...content, sharedWith: [...after] }),
      ...added.map((who) =>
        entities.create("snapshot-share", shareId(row.id, who), share, {
          scope: shareScope(who, content.region),
          parent: row.id,
        }),
      ),
      ...endedShares(
        snapshot,
        before.filter((who) => !after.includes(who)),
        entities,
      ),
    ],
    events: added.filter((who) => who !== everybody).map((account) => toldOf(content, account, now)),
  };
}

/** What goes when a snapshot is no longer shared with these. */
export function endedShares({ row }: Entity<Snapshot>, who: readonly string[], entities: Call["entities"]): Change[] {
  const shares = who.map((one) => entities.get("snapshot-share", shareId(row.id, one)));
  return shares.flatMap((share) => (share ? [entities.delete(share)] : []));
}

const toldOf = (snapshot: Snapshot, account: string, now: number): ServiceEvent =>
  snapshotNotification(snapshot, {
    event: "shareSnapshot",
    result: "succeeded",
    source: iamArn(snapshot.account, "root"),
    endedAt: now,
    account,
  });

/**
 * What may not be shared: everything with everybody where the account blocks that, encrypted snapshots with everybody,
 * and snapshots under the default key with anybody. Throws OperationNotPermitted.
 */
export async function checkSharing({ content }: Entity<Snapshot>, who: readonly string[], call: Call): Promise<void> {
  const forbid = (message: string): never => refuse("OperationNotPermitted", message);
  if (content.key.kms && (await isDefaultKey(content.key.kms.keyArn, call)))
    forbid("Encrypted snapshots with EBS default key cannot be shared");
  if (!who.includes(everybody)) return;
  if (content.encrypted) forbid("Encrypted snapshots cannot be shared publicly.");
  if (publicSharingOf(content, call) !== "unblocked")
    forbid("Public sharing of snapshots is blocked for this account.");
}

/** EC2 looks at alias/aws/ebs on the caller's way; where it may not, it shares: nobody else can use that key anyway. */
export async function isDefaultKey(keyArn: string, call: Call): Promise<boolean> {
  try {
    const { KeyMetadata } = await voiceOf(call, forwarders.frontend())("DescribeKey", { KeyId: defaultKey });
    return (KeyMetadata as { Arn: string }).Arn === keyArn;
  } catch (error) {
    if (!(error instanceof AwsError) || error.status >= 500) throw error;
    return false;
  }
}
