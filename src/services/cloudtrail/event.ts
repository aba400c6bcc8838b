import { type TrailRecord, userNameOf } from "../../audit/terms.ts";

/** The Event of LookupEvents: what one looks for, and the record itself as text. */
export function eventOf(line: string): object {
  const record = JSON.parse(line) as TrailRecord;
  return {
    EventId: record.eventID,
    EventName: record.eventName,
    ReadOnly: String(record.readOnly),
    AccessKeyId: record.userIdentity.accessKeyId,
    EventTime: Date.parse(record.eventTime),
    EventSource: record.eventSource,
    Username: userNameOf(record),
    Resources: (record.resources ?? []).map(({ ARN, type }) => ({ ResourceType: type, ResourceName: ARN })),
    CloudTrailEvent: line,
  };
}
