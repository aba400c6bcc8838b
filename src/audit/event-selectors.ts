/** Which records somebody wants, as CloudTrail's API writes it down. Checked where they are put; here they are applied. */
export interface EventSelector {
  readonly ReadWriteType: "ReadOnly" | "WriteOnly" | "All";
  readonly IncludeManagementEvents: boolean;
  readonly DataResources: readonly { readonly Type: string; readonly Values: readonly string[] }[];
  readonly ExcludeManagementEventSources: readonly string[];
}

export const operators = ["Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith"] as const;
type Operator = (typeof operators)[number];

export type AdvancedFieldSelector = { readonly Field: string } & {
  readonly [O in Operator]?: readonly string[];
};

export interface AdvancedEventSelector {
  readonly Name?: string;
  readonly FieldSelectors: readonly AdvancedFieldSelector[];
}

/** A record as far as selectors look into it: CloudTrail's members. */
export interface SelectableRecord {
  readonly eventCategory?: string;
  readonly eventName?: string;
  readonly eventSource?: string;
  readonly eventType?: string;
  readonly errorCode?: string;
  readonly readOnly?: boolean;
  readonly vpcEndpointId?: string;
  readonly sessionCredentialFromConsole?: string;
  readonly userIdentity?: { readonly arn?: string };
  readonly resources?: readonly { readonly ARN?: string; readonly type?: string }[];
}

/** Any selector that takes the record is enough. */
export const takenByBasic = (record: SelectableRecord, selectors: readonly EventSelector[]): boolean =>
  selectors.some((selector) => basicHolds(record, selector));

export const takenByAdvanced = (record: SelectableRecord, selectors: readonly AdvancedEventSelector[]): boolean =>
  selectors.some(({ FieldSelectors }) =>
    FieldSelectors.every((selector) => fieldHolds(valuesOf(record, selector.Field), selector)),
  );

function basicHolds(record: SelectableRecord, selector: EventSelector): boolean {
  const { ReadWriteType: kind } = selector;
  if (kind !== "All" && (kind === "ReadOnly") !== (record.readOnly === true)) return false;
  if (record.eventCategory === "Management")
    return (
      selector.IncludeManagementEvents && !selector.ExcludeManagementEventSources.includes(record.eventSource ?? "")
    );
  if (record.eventCategory !== "Data") return false;
  return selector.DataResources.some(({ Type, Values }) =>
    (record.resources ?? []).some(
      ({ ARN, type }) => type === Type && Values.some((value) => dataResourceHolds(ARN ?? "", Type, value)),
    ),
  );
}

/** `arn:aws:s3` stands for everything of the service; an object is named by its beginning, all else in full. */
const dataResourceHolds = (arn: string, type: string, value: string): boolean =>
  type === "AWS::S3::Object" || value.split(":").length < 6 ? arn.startsWith(value) : arn === value;

/** Every value that the record has for a field; none where it has no such member. */
function valuesOf(record: SelectableRecord, field: string): readonly string[] {
  const { resources = [] } = record;
  const present = (values: readonly (string | undefined)[]) => values.filter((value) => value !== undefined);
  if (field === "readOnly") return [String(record.readOnly ?? false)];
  if (field === "resources.type") return present(resources.map(({ type }) => type));
  if (field === "resources.ARN") return present(resources.map(({ ARN }) => ARN));
  if (field === "userIdentity.arn") return present([record.userIdentity?.arn]);
  const single = singleFields.find((name) => name === field);
  return single ? present([record[single]]) : [];
}

const singleFields = [
  "eventCategory",
  "eventName",
  "eventSource",
  "eventType",
  "errorCode",
  "vpcEndpointId",
  "sessionCredentialFromConsole",
] as const;

const matches = {
  Equals: (value: string, wanted: string) => value === wanted,
  StartsWith: (value: string, wanted: string) => value.startsWith(wanted),
  EndsWith: (value: string, wanted: string) => value.endsWith(wanted),
} as const;

const matchOf = (operator: Operator) => matches[operator.replace(/^Not/, "") as keyof typeof matches];

/** Of the operators that select, one is enough; none of those that deselect may hold. */
function fieldHolds(values: readonly string[], selector: AdvancedFieldSelector): boolean {
  const holds = (operator: Operator) =>
    (selector[operator] ?? []).some((wanted) => values.some((value) => matchOf(operator)(value, wanted)));
  const given = operators.filter((operator) => selector[operator] !== undefined);
  const selecting = given.filter((operator) => !operator.startsWith("Not"));
  if (selecting.length > 0 && !selecting.some(holds)) return false;
  return !given.some((operator) => operator.startsWith("Not") && holds(operator));
}
