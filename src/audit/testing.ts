import { randomUUID } from "node:crypto";

/** A record's line as audit/event.ts writes it; for tests alone. */
export function lineOf(members: Record<string, unknown> = {}): string {
  return JSON.stringify({
    eventVersion: "1.11",
    userIdentity: { type: "IAMUser", principalId: "AIDAEXAMPLE", userName: "ann", accessKeyId: "AKIAEXAMPLE" },
    eventTime: "2026-01-31T10:00:00Z",
    eventSource: "kms.amazonaws.com",
    eventName: "Encrypt",
    awsRegion: "eu-west-1",
    sourceIPAddress: "127.0.0.1",
    userAgent: "test",
    requestParameters: null,
    responseElements: null,
    requestID: randomUUID(),
    eventID: randomUUID(),
    readOnly: true,
    resources: [{ accountId: "000000000000", type: "AWS::KMS::Key", ARN: keyArn("1234") }],
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: "000000000000",
    eventCategory: "Management",
    ...members,
  });
}

export const keyArn = (id: string): string => `arn:aws:kms:eu-west-1:000000000000:key/${id}`;
