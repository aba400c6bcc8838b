/** The members of a CloudTrail record that a person looks at first. */
export interface TrailRecord {
  readonly eventTime?: string;
  readonly eventSource?: string;
  readonly eventName?: string;
  readonly awsRegion?: string;
  readonly requestID?: string;
  readonly eventID?: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly sourceIPAddress?: string;
  readonly userIdentity?: {
    readonly arn?: string;
    readonly type?: string;
    readonly invokedBy?: string;
    readonly userName?: string;
    readonly accountId?: string;
    readonly accessKeyId?: string;
  };
  readonly resources?: readonly { readonly ARN?: string }[] | null;
}

/** `2026-11-24T02:30:00Z  kms:Decrypt  arn:aws:iam::…:user/alice  AccessDenied  arn:aws:kms:…` */
export function recordLine(record: TrailRecord): string {
  const service = record.eventSource?.replace(".amazonaws.com", "") ?? "?";
  const { arn, invokedBy, type } = record.userIdentity ?? {};
  const who = arn ?? invokedBy ?? type ?? "?";
  const on = (record.resources ?? []).map(({ ARN }) => ARN).filter((found) => found !== undefined);
  const parts = [record.eventTime, `${service}:${record.eventName}`, who, record.errorCode ?? "ok", ...on];
  return printable(parts.join("  "));
}

/** A record repeats what callers sent; none of it may move the cursor of whoever reads it. */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "\ufffd");
