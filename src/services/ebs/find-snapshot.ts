import type { Ask, Call, RecordedResource } from "../../operation.ts";
import type { Entity } from "../../store/entities.ts";
import { reference } from "../../store/store.ts";
import { type Snapshot, snapshotRowId } from "../../volumes/entities.ts";
import { visibleSnapshot } from "../../volumes/sharing.ts";
import { noSuchSnapshot } from "./refuse-ebs.ts";

/** A snapshot of the caller's own, or one that is shared with its account or with everybody. Throws ResourceNotFoundException. */
export function findSnapshot(snapshotId: string, call: Call): Entity<Snapshot> {
  const id = snapshotRowId(call.region, snapshotId);
  call.used.push(reference.row("snapshot", id));
  const found = call.entities.get<Snapshot>("snapshot", id);
  return found && visibleSnapshot(found.content, call) ? found : noSuchSnapshot(snapshotId);
}

/** Only what is complete can be read. */
export function findComplete(snapshotId: string, call: Call): Entity<Snapshot> {
  const found = findSnapshot(snapshotId, call);
  return found.content.state === "completed" ? found : noSuchSnapshot(snapshotId);
}

/** A snapshot that takes blocks: pending, and the caller's own. */
export function findOwn(snapshotId: string, call: Call): Entity<Snapshot> {
  const found = findSnapshot(snapshotId, call);
  return found.content.account === call.caller.facts.account ? found : noSuchSnapshot(snapshotId);
}

/** `arn:aws:ec2:REGION::snapshot/ID`: a snapshot's ARN names no account. */
export function askEbs(operation: string, snapshotId: string, call: Call, resourceAccount?: string): Ask {
  return {
    action: `ebs:${operation}`,
    resource: `arn:aws:ec2:${call.region}::snapshot/${snapshotId}`,
    // Sharing is the owner's yes; the caller's own policies decide the rest.
    resourceAccount: call.caller.facts.account,
    trust: "identity",
    context: resourceAccount === undefined ? new Map() : new Map([["ebs:owner", resourceAccount]]),
  };
}

/** For the record. */
export const snapshotResource = ({ content }: Entity<Snapshot>): RecordedResource => ({
  ARN: `arn:aws:ec2:${content.region}::snapshot/${content.snapshotId}`,
  accountId: content.account,
  type: "AWS::EC2::Snapshot",
});
