import { type SelectableRecord, takenByAdvanced, takenByBasic } from "../audit/event-selectors.ts";
import type { AccountTrail, Span } from "./entities.ts";

/** A record as far as deliveries look into it: CloudTrail's members. */
export interface DeliveredRecord extends SelectableRecord {
  readonly eventTime: string;
  readonly awsRegion: string;
  readonly recipientAccountId: string;
  readonly requestID?: string;
  readonly userIdentity?: { readonly arn?: string; readonly invokedBy?: string };
  readonly requestParameters?: { readonly encryptionContext?: Readonly<Record<string, string>> } | null;
}

export interface Line {
  readonly number: number;
  readonly text: string;
  readonly record: DeliveredRecord;
}

/** Their calls are everywhere at once; they are recorded as calls of this Region. */
const globalServices: readonly string[] = [
  "iam.amazonaws.com",
  "sts.amazonaws.com",
  "organizations.amazonaws.com",
  "cloudfront.amazonaws.com",
  "route53.amazonaws.com",
];
const globalRegion = "us-east-1";

/** Does the trail want a record of an account that is its own? */
export function takes(trail: AccountTrail, record: DeliveredRecord): boolean {
  if (!trail.multiRegion && record.awsRegion !== trail.homeRegion) return false;
  const ofAll = record.awsRegion === globalRegion && globalServices.includes(record.eventSource ?? "");
  if (ofAll && !trail.globalServiceEvents) return false;
  if (trail.advanced) return takenByAdvanced(record, trail.advanced);
  return trail.selectors ? takenByBasic(record, trail.selectors) : record.eventCategory === "Management";
}

export interface Selected {
  /** What is delivered, by `account/Region`. */
  readonly groups: ReadonlyMap<string, readonly Line[]>;
  /** Its first record is here, or was before. */
  readonly started: boolean;
  /** Its last record is here. */
  readonly ended: boolean;
}

/** Of the lines of the trail's accounts, in order, what the span delivers. */
export function selectLines(span: Span, trail: AccountTrail, lines: readonly Line[]): Selected {
  const startAt = span.start === undefined ? 0 : lines.findIndex(({ record }) => record.requestID === span.start);
  if (startAt < 0) return { groups: new Map(), started: false, ended: false };
  const stopAt = span.stop === undefined ? -1 : lines.findIndex(({ record }) => record.requestID === span.stop);
  const within = stopAt < 0 ? lines.slice(startAt) : lines.slice(startAt, stopAt + 1);
  const groups = new Map<string, Line[]>();
  for (const line of within) {
    if (!takes(trail, line.record)) continue;
    const name = `${line.record.recipientAccountId}/${line.record.awsRegion}`;
    const group = groups.get(name);
    if (group) group.push(line);
    else groups.set(name, [line]);
  }
  return { groups, started: true, ended: stopAt >= 0 };
}

/** What delivering itself leaves in the trail (a data key for each file) is no reason to deliver. */
export const isOwnTrace = ({ record }: Line, { arn }: AccountTrail): boolean =>
  record.userIdentity?.invokedBy === "cloudtrail.amazonaws.com" &&
  record.requestParameters?.encryptionContext?.["aws:cloudtrail:arn"] === arn;
