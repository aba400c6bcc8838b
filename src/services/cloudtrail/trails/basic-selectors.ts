import type { EventSelector } from "../../../audit/event-selectors.ts";
import { refuse } from "../../../errors.ts";

const [selectorsMost, valuesMost] = [5, 250];

/** By type of data resource, how a value begins. */
const resourceTypes: Readonly<Record<string, string>> = {
  "AWS::S3::Object": "arn:aws:s3",
  "AWS::Lambda::Function": "arn:aws:lambda",
  "AWS::DynamoDB::Table": "arn:aws:dynamodb",
};

const excludable: readonly string[] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

const invalid = (message: string): never => refuse("InvalidEventSelectorsException", message);

/** As it comes from the wire: anything may have been left out. */
export interface GivenSelector extends Partial<Omit<EventSelector, "DataResources">> {
  readonly DataResources?: readonly { readonly Type?: string; readonly Values?: readonly string[] }[];
}

/** With AWS's defaults in the place of what was left out. Throws InvalidEventSelectorsException. */
export function checkedSelectors(given: readonly GivenSelector[]): EventSelector[] {
  if (given.length === 0 || given.length > selectorsMost)
    invalid(`The number of event selectors must be from 1 to ${selectorsMost}.`);
  const selectors = given.map((selector) => ({
    ReadWriteType: selector.ReadWriteType ?? "All",
    IncludeManagementEvents: selector.IncludeManagementEvents ?? true,
    DataResources: (selector.DataResources ?? []).map(({ Type = "", Values = [] }) => ({ Type, Values })),
    ExcludeManagementEventSources: selector.ExcludeManagementEventSources ?? [],
  }));
  for (const selector of selectors) checkSelector(selector);
  const values = selectors.flatMap(({ DataResources }) => DataResources.flatMap(({ Values }) => Values));
  if (values.length > valuesMost)
    invalid(`The number of data resources across all event selectors must not exceed ${valuesMost}.`);
  return selectors;
}

function checkSelector(selector: EventSelector): void {
  const { IncludeManagementEvents, DataResources, ExcludeManagementEventSources: excluded } = selector;
  if (!IncludeManagementEvents && DataResources.length === 0)
    invalid("An event selector must include management events or data resources.");
  if (excluded.length > 0 && !IncludeManagementEvents)
    invalid("ExcludeManagementEventSources can only be used when IncludeManagementEvents is true.");
  const source = excluded.find((name) => !excludable.includes(name));
  if (source !== undefined) invalid(`${source.slice(0, 256)} is not a valid value for ExcludeManagementEventSources.`);
  if (new Set(excluded).size < excluded.length) invalid("ExcludeManagementEventSources must not name a source twice.");
  for (const { Type, Values } of DataResources) {
    const start = Object.hasOwn(resourceTypes, Type) ? resourceTypes[Type] : undefined;
    if (start === undefined)
      return invalid(`${Type.slice(0, 256)} is not a valid data resource type: use AdvancedEventSelectors for others.`);
    if (Values.length === 0) invalid(`The data resource type ${Type} must have values.`);
    const wrong = Values.find((value) => (value !== start && !value.startsWith(`${start}:`)) || value.length > 2048);
    if (wrong !== undefined) invalid(`Value ${wrong.slice(0, 256)} for DataResources.Values is invalid.`);
  }
}
