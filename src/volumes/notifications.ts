import { regionalArn } from "../arn.ts";
import { AwsError } from "../errors.ts";
import type { ServiceEvent } from "../operation.ts";
import type { Volume } from "./entities.ts";

export const volumeArn = ({ region, account, volumeId }: Pick<Volume, "region" | "account" | "volumeId">): string =>
  regionalArn("ec2", region, account, `volume/${volumeId}`);

interface VolumeNews {
  /** `createVolume` */
  readonly event: string;
  readonly result: string;
  readonly cause?: string;
  readonly requestId?: string;
}

/** EventBridge's "EBS Volume Notification". */
export function volumeEvent(volume: Volume, { event, result, cause = "", requestId = "" }: VolumeNews): ServiceEvent {
  const { account, region, key } = volume;
  const keyArn = result === "failed" ? key.kms?.keyArn : undefined;
  return {
    name: "EBS Volume Notification",
    region,
    account,
    source: "aws.ec2",
    type: "Notification",
    resources: [
      { ARN: volumeArn(volume), accountId: account },
      ...(keyArn === undefined ? [] : [{ ARN: keyArn, accountId: account }]),
    ],
    details: { result, cause, event, "request-id": requestId },
  };
}

/** Why work failed, in KMS's words; what is ours to know is not told. */
export const causeOf = (error: unknown): string =>
  error instanceof AwsError && error.status < 500 ? error.message : "An internal error has occurred";

/** What the service did by itself on the way, where nothing else tells of it: no change is without its record. */
export const workEvent = (
  { account, region }: { readonly account: string; readonly region: string },
  name: string,
  details: object,
): ServiceEvent => ({ name, region, account, source: "claviger", type: "Notification", resources: [], details });
