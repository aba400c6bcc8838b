import type { ServiceEvent } from "../../../operation.ts";
import type { Snapshot } from "../../../volumes/entities.ts";

/** What EventBridge tells of a snapshot (flows.md, section 1.1), as a record of an account. */
interface Told {
  readonly event: "copySnapshot" | "createSnapshot" | "createSnapshots" | "shareSnapshot";
  readonly result: "succeeded" | "failed";
  readonly cause?: string;
  readonly source: string;
  readonly endedAt: number;
  /** Whom it is told to, where that is not the owner. */
  readonly account?: string;
  /** Of a copy. */
  readonly incremental?: boolean;
}

type Named = Pick<Snapshot, "account" | "createdAt" | "region" | "snapshotId">;

/** EventBridge writes a snapshot's ARN with its Region in the account's place. */
export const eventArn = ({ region, snapshotId }: Pick<Named, "region" | "snapshotId">): string =>
  `arn:aws:ec2::${region}:snapshot/${snapshotId}`;

export const volumeArn = (region: string, volumeId: string): string => `arn:aws:ec2:${region}::volume/${volumeId}`;

export function snapshotNotification(snapshot: Named, told: Told): ServiceEvent {
  const { event, result, cause = "", source, endedAt, account = snapshot.account, incremental } = told;
  const arn = eventArn(snapshot);
  return {
    name: "EBS Snapshot Notification",
    region: snapshot.region,
    account,
    resources: [{ ARN: arn, accountId: snapshot.account, type: "AWS::EC2::Snapshot" }],
    details: {
      version: "1.0",
      event,
      result,
      cause,
      "request-id": "",
      snapshot_id: arn,
      source,
      startTime: new Date(snapshot.createdAt).toISOString(),
      endTime: new Date(endedAt).toISOString(),
      ...(incremental !== undefined && { incremental: String(incremental) }),
    },
    source: "aws.ec2",
    type: "Notification",
  };
}
