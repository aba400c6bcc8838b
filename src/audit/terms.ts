/** A record in the trail, as far as it is found by: CloudTrail's members. */
export interface TrailRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventSource: string;
  readonly eventTime: string;
  readonly awsRegion: string;
  readonly recipientAccountId: string;
  readonly readOnly: boolean;
  readonly eventCategory?: string;
  readonly userIdentity: {
    readonly type?: string;
    readonly userName?: string;
    readonly principalId?: string;
    readonly accessKeyId?: string;
  };
  readonly resources?: readonly { readonly ARN?: string; readonly type?: string }[];
}

/** What LookupEvents finds records by, apart from EventId (iam.md, section 6). */
export type Attribute =
  | "EventName"
  | "EventSource"
  | "ReadOnly"
  | "Username"
  | "AccessKeyId"
  | "ResourceType"
  | "ResourceName";

/** Every record of an account and Region; then each attribute's value: the text that stands for it in an index. */
export const termText = (account: string, region: string, attribute: Attribute | "", value: string): string =>
  `${account}/${region}\n${attribute}\n${value}`;

/** What CloudTrail does not have, or not in its event history, is not looked up there. */
export function termsOf(record: TrailRecord): string[] {
  if (record.eventCategory === "Notification" || record.eventCategory === "Data") return [];
  const { recipientAccountId: account, awsRegion: region, userIdentity } = record;
  const term = (attribute: Attribute | "", value: string) => termText(account, region, attribute, value);
  const terms = [
    term("", ""),
    term("EventName", record.eventName),
    term("EventSource", record.eventSource),
    term("ReadOnly", String(record.readOnly)),
  ];
  const name = userNameOf(record);
  if (name !== undefined) terms.push(term("Username", name));
  if (userIdentity.accessKeyId) terms.push(term("AccessKeyId", userIdentity.accessKeyId));
  for (const { ARN, type } of record.resources ?? []) {
    if (type) terms.push(term("ResourceType", type));
    if (ARN) for (const resource of resourceNames(ARN)) terms.push(term("ResourceName", resource));
  }
  return [...new Set(terms)];
}

/** CloudTrail's Username: the user's name, a session's name, `root`. Undefined for services and other accounts. */
export function userNameOf({ userIdentity }: Pick<TrailRecord, "userIdentity">): string | undefined {
  const { type, userName, principalId } = userIdentity;
  if (type === "Root") return "root";
  if (type === "IAMUser") return userName;
  if (type === "AssumedRole" || type === "FederatedUser" || type === "WebIdentityUser")
    return principalId?.slice(principalId.indexOf(":") + 1);
  return undefined;
}

/** A resource is found by its ARN, and by what stands behind its type: a key's id, a role's name, `alias/x`. */
export function resourceNames(arn: string): string[] {
  const resource = arn.split(":").slice(5).join(":");
  const name = resource.startsWith("alias/") ? resource : resource.slice(resource.lastIndexOf("/") + 1);
  return name === "" || name === arn ? [arn] : [arn, name];
}
