/** A struct's fields; null: a text. */
export interface Fields {
  readonly [name: string]: Fields | null;
}

export type Column =
  | { readonly kind: "text" | "time" | "boolean" | "map" }
  | { readonly kind: "struct" | "structs"; readonly fields: Fields };

const issuer: Fields = { type: null, principalId: null, arn: null, accountId: null, userName: null };

const userIdentity: Fields = {
  type: null,
  principalId: null,
  arn: null,
  accountId: null,
  accessKeyId: null,
  userName: null,
  sessionContext: {
    attributes: { creationDate: null, mfaAuthenticated: null },
    sessionIssuer: issuer,
    webIdFederationData: { federatedProvider: null, attributes: {} },
    sourceIdentity: null,
    ec2RoleDelivery: null,
    ec2IssuedInVpc: null,
  },
  invokedBy: null,
  identityProvider: null,
  credentialId: null,
};

const text = { kind: "text" } as const;
const map = { kind: "map" } as const;

/** The columns of an event data store, in AWS's order: a record's members, and the record itself. */
export const columns: Readonly<Record<string, Column>> = {
  eventVersion: text,
  userIdentity: { kind: "struct", fields: userIdentity },
  eventTime: { kind: "time" },
  eventSource: text,
  eventName: text,
  awsRegion: text,
  sourceIPAddress: text,
  userAgent: text,
  errorCode: text,
  errorMessage: text,
  requestParameters: map,
  responseElements: map,
  additionalEventData: map,
  requestID: text,
  eventID: text,
  readOnly: { kind: "boolean" },
  resources: { kind: "structs", fields: { accountId: null, type: null, ARN: null } },
  eventType: text,
  apiVersion: text,
  managementEvent: { kind: "boolean" },
  recipientAccountId: text,
  sharedEventID: text,
  annotation: text,
  vpcEndpointId: text,
  vpcEndpointAccountId: text,
  serviceEventDetails: map,
  addendum: map,
  edgeDeviceDetails: map,
  insightDetails: map,
  eventCategory: text,
  tlsDetails: {
    kind: "struct",
    fields: { tlsVersion: null, cipherSuite: null, clientProvidedHostHeader: null, keyExchange: null },
  },
  sessionCredentialFromConsole: text,
  eventJson: text,
};

const byLower = new Map(Object.keys(columns).map((name) => [name.toLowerCase(), name]));

/** The column's own spelling; SQL does not tell letter case apart. */
export const columnNamed = (name: string): string | undefined => byLower.get(name.toLowerCase());

/** The field's own spelling and what is in it; undefined for a field that there is not. */
export function fieldNamed(fields: Fields, name: string): { name: string; within: Fields | null } | undefined {
  const found = Object.entries(fields).find(([field]) => field.toLowerCase() === name.toLowerCase());
  return found && { name: found[0], within: found[1] };
}

/** What is kept of a record in a column: text, 0 or 1, JSON, or null. Values of maps are texts, as Lake has them. */
export function columnValue(
  name: string,
  record: Readonly<Record<string, unknown>>,
  line: string,
): string | number | null {
  if (name === "eventJson") return line;
  const value = record[name];
  if (value === undefined || value === null) return null;
  const { kind } = columns[name] ?? text;
  if (kind === "boolean") return value === true ? 1 : 0;
  if (kind === "time") return timeText(String(value));
  if (kind === "map")
    return JSON.stringify(Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)])));
  return kind === "text" && typeof value === "string" ? value : JSON.stringify(value);
}

const plain = (value: unknown): string | null =>
  value === null || typeof value === "string" ? value : JSON.stringify(value);

/** `2026-01-31T10:00:00Z` → `2026-01-31 10:00:00.000`, as Lake writes timestamps. */
export const timeText = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 19)}.000`;
