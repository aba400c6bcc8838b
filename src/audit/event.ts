import { randomUUID } from "node:crypto";
import type { Caller } from "../identity/caller.ts";
import { foreignIdentity, userIdentity } from "./user-identity.ts";
import type { Outcome, RecordedResource, RegionalRecord, ServiceEvent } from "../operation.ts";
import type { WireService } from "../wire/protocol.ts";

/** What one call came to, filled in as it goes its way. */
export interface Event {
  readonly operation: string;
  readonly requestId: string;
  /** The Host that a client named over TLS. */
  readonly tlsHost: string | undefined;
  readonly caller: Caller;
  readonly region: string;
  /** Domain and wall clock, milliseconds. */
  readonly now: number;
  readonly wall: number;
  readonly api: WireService;
  readOnly?: boolean;
  /** One of CloudTrail's data events. */
  ofData?: boolean;
  requestParameters?: () => object | null;
  resources?: readonly RecordedResource[];
  outcome?: Outcome<unknown>;
  /** The grant that the call was allowed by. */
  grantId?: string | undefined;
  /** Of the caller's own record, once it is written; `ownersEventIds` by the account of what was used. */
  eventId?: string;
  ownersEventIds?: Record<string, string>;
  error?: { readonly code: string; readonly message: string };
}

const errorMessageMost = 1024;

/** One instant's text is many records' text. */
let lastSecond = -1;
let lastTime = "";
export function eventTime(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastTime = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
  }
  return lastTime;
}

/**
 * The call in CloudTrail's form (kms.md, section 14), one line of JSON for the caller's account and, when a call
 * across accounts succeeded, one for each other account that owns a resource, with one sharedEventID.
 */
export function auditRecords(event: Event): string[] {
  const { caller, outcome } = event;
  const resources = [...(event.resources ?? []), ...(outcome?.resources ?? [])].map((one) => shownResource(one, event));
  // A service has no trail of its own: what it does is told to the account it works for.
  const ofService = caller.facts.kind === "service" && caller.facts.account === "";
  const owners =
    event.error && !ofService
      ? []
      : resources.map(({ accountId }) => accountId).filter((account) => account !== caller.facts.account);
  const own = (shared: string) => record(event, resources, caller.facts.account, userIdentity(caller), shared);
  const events = [
    ...(outcome?.elsewhere ?? []).map((there) => elsewhereRecord(event, there)),
    ...(outcome?.events ?? []).map((done) => serviceRecord(done, event.now)),
  ];
  const told = outcome?.toldTo && outcome.toldTo.account !== caller.facts.account ? outcome.toldTo : undefined;
  if (told) owners.push(told.account);
  if (owners.length === 0) return [own(""), ...events];
  const shared = `,"sharedEventID":"${randomUUID()}"`;
  const theirs = (account: string) =>
    record(
      account === told?.account ? { ...event, requestParameters: () => told.requestParameters } : event,
      resources,
      account,
      foreignIdentity(caller),
      shared,
    );
  return [...(ofService ? [] : [own(shared)]), ...[...new Set(owners)].map(theirs), ...events];
}

/** Whoever is denied another account's key by an alias does not read in its own trail which key that is. */
function shownResource(resource: RecordedResource, { error, caller }: Event): RecordedResource {
  if (resource.namedBy === undefined) return resource;
  const { namedBy, ...rest } = resource;
  const hides = error?.code === "AccessDeniedException" && rest.accountId !== caller.facts.account;
  return hides ? { ...rest, ARN: namedBy } : rest;
}

/** The same call, as the Region records it in which it had an effect too. */
function elsewhereRecord(event: Event, there: RegionalRecord): string {
  const { region, name = event.operation, requestParameters, responseElements = null, resources } = there;
  const regional = {
    ...event,
    region,
    operation: name,
    ...(requestParameters && { requestParameters: () => requestParameters }),
    outcome: { answer: {}, responseElements },
  };
  return record(regional, resources, event.caller.facts.account, userIdentity(event.caller), "");
}

function record(
  event: Event,
  resources: readonly RecordedResource[],
  recipient: string,
  identity: string,
  shared: string,
): string {
  const { caller, outcome, error, api, tlsHost } = event;
  const failed = error ? failure(api.recordedError?.(error) ?? error) : "";
  const parameters = error && hidesParameters(error.code, api) ? null : event.requestParameters?.();
  const { grantId } = event;
  const data = grantId === undefined ? outcome?.additionalEventData : { ...outcome?.additionalEventData, grantId };
  const extra = data ? `,"additionalEventData":${JSON.stringify(data)}` : "";
  const host = tlsHost === undefined ? "" : JSON.stringify(tlsHost.slice(0, 256));
  const tls = host === "" ? "" : `,"tlsDetails":{"clientProvidedHostHeader":${host}}`;
  const eventId = randomUUID();
  if (recipient === caller.facts.account) event.eventId = eventId;
  else (event.ownersEventIds ??= {})[recipient] = eventId;
  // Claviger's own member: AWS has one clock only.
  const wall = event.now === event.wall ? "" : `,"claviger":{"wallTime":"${new Date(event.wall).toISOString()}"}`;
  return (
    `{"eventVersion":"1.11","userIdentity":${identity},"eventTime":"${eventTime(event.now)}","eventSource":"${api.eventSource}"` +
    `,"eventName":"${event.operation}","awsRegion":"${event.region}","sourceIPAddress":${JSON.stringify(caller.facts.invokedBy ?? caller.facts.sourceAddress)}` +
    `,"userAgent":${JSON.stringify(caller.facts.userAgent)}${failed},"requestParameters":${JSON.stringify(parameters ?? null)}` +
    `,"responseElements":${JSON.stringify(outcome?.responseElements ?? null)}${extra},"requestID":"${event.requestId}"` +
    `,"eventID":"${eventId}","readOnly":${event.readOnly ?? true},"resources":${JSON.stringify(resources)}` +
    `,"eventType":"AwsApiCall","managementEvent":${!event.ofData},"recipientAccountId":"${recipient}"${shared},"eventCategory":"${event.ofData ? "Data" : "Management"}"${tls}${wall}}`
  );
}

/** What was asked by somebody who may not ask it is not told, except by EC2 (flows.md, section 2.2). */
const hidesParameters = (code: string, { protocol }: WireService): boolean =>
  code === "AccessDeniedException" && protocol !== "ec2";

/** CloudTrail has one name for every service's denials. */
const recordedCode = (code: string): string => (code === "AccessDeniedException" ? "AccessDenied" : code);

const failure = ({ code, message }: { code: string; message: string }): string =>
  `,"errorCode":${JSON.stringify(recordedCode(code))},"errorMessage":${JSON.stringify(message.slice(0, errorMessageMost))}`;

/** One line of JSON for what a service did by itself. `now`: domain clock, milliseconds. */
export function serviceRecord(event: ServiceEvent, now: number): string {
  const { name, region, account, resources, details, type, source = "kms.amazonaws.com" } = event;
  return JSON.stringify({
    eventVersion: "1.11",
    userIdentity: { accountId: account, invokedBy: "AWS Internal" },
    eventTime: eventTime(now),
    eventSource: source,
    eventName: name,
    awsRegion: region,
    sourceIPAddress: "AWS Internal",
    userAgent: "AWS Internal",
    requestParameters: null,
    responseElements: null,
    eventID: randomUUID(),
    readOnly: false,
    resources,
    eventType: type ?? "AwsServiceEvent",
    ...(details && { serviceEventDetails: details }),
    managementEvent: type !== "Notification",
    recipientAccountId: account,
    eventCategory: type === "Notification" ? "Notification" : "Management",
  });
}
