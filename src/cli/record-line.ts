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
  readonly recipientAccountId?: string;
  readonly requestParameters?: Readonly<Record<string, unknown>> | null;
  readonly resources?: readonly { readonly ARN?: string }[] | null;
}

/** Who called, without what every ARN repeats: `000000000000:user/alice`, a service's name, an account. */
export function whoOf({ userIdentity, recipientAccountId }: TrailRecord): string {
  const { arn, invokedBy, accountId, type } = userIdentity ?? {};
  if (arn !== undefined) return arn.split(":").slice(4).join(":") || arn;
  if (invokedBy !== undefined) return invokedBy;
  return accountId === undefined
    ? (type ?? "?")
    : `${accountId}${accountId === recipientAccountId ? "" : ":another account"}`;
}

/** Widths of event, caller and outcome; what is longer pushes the rest to the right. */
const [eventWidth, whoWidth, outcomeWidth] = [24, 26, 22];

/** A terminal that is narrower than this shows no line worth cutting. */
const columnsLeast = 40;

/**
 * `2026-11-24T02:30:00Z  kms:Decrypt  000000000000:user/alice  AccessDenied  key/1234…`, in columns. On a terminal it is
 * cut to its width; the whole record is what --json shows.
 */
export function recordLine(record: TrailRecord, columns?: number): string {
  const service = record.eventSource?.replace(".amazonaws.com", "") ?? "?";
  const on = (record.resources ?? []).map(({ ARN }) => ARN).filter((found) => found !== undefined);
  const parts = [
    record.eventTime ?? "?",
    `${service}:${record.eventName}`.padEnd(eventWidth),
    whoOf(record).padEnd(whoWidth),
    (record.errorCode ?? "ok").padEnd(outcomeWidth),
    ...on.map((arn) => arn.split(":").slice(5).join(":") || arn),
  ];
  const line = printable(parts.join("  ")).trimEnd();
  if (columns === undefined || columns < columnsLeast || line.length <= columns) return line;
  return `${line.slice(0, columns - 1)}…`;
}

/** A record repeats what callers sent; none of it may move the cursor of whoever reads it. */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "\ufffd");
