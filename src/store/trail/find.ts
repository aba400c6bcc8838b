import {
  blockRecords,
  eventKey,
  placesOfEvent,
  type Segment,
  type StoredBatch,
  termKey,
  unpackPlaces,
} from "../../audit/segment.ts";
import { termsOf, termText, type TrailRecord } from "../../audit/terms.ts";
import type { NumberedLine, TrailQuery } from "../../audit/trail.ts";
import type { TrailReader } from "./reader.ts";

type Finding = TrailQuery & { readonly matches: (record: TrailRecord) => boolean };

/** The newest first. The open end is searched by text, the closed part through its index; what is found is checked. */
export function findRecords(reader: TrailReader, query: TrailQuery): NumberedLine[] {
  const finding = { ...query, matches: matcher(query) };
  return reader.atOnce(() => {
    const found: NumberedLine[] = [];
    for (const candidate of candidates(reader, finding)) {
      if (!finding.matches(JSON.parse(candidate.line) as TrailRecord)) continue;
      found.push(candidate);
      if (found.length >= query.limit) break;
    }
    return found;
  });
}

function matcher({ account, region, attribute, from, until }: TrailQuery): (record: TrailRecord) => boolean {
  const wanted =
    attribute?.name === "EventId" ? "" : termText(account, region, attribute?.name ?? "", attribute?.value ?? "");
  return (record) =>
    (from === undefined || record.eventTime >= from) &&
    (until === undefined || record.eventTime <= until) &&
    (attribute?.name === "EventId"
      ? record.eventID === attribute.value && record.recipientAccountId === account && record.awsRegion === region
      : termsOf(record).includes(wanted));
}

function* candidates(reader: TrailReader, query: Finding): Generator<NumberedLine> {
  yield* openCandidates(reader, query);
  for (const { segment, places } of indexed(reader, query)) {
    const closed = reader.row<Segment>("segment", segment);
    if (!closed || (query.from !== undefined && closed.until < query.from)) continue;
    if (query.until !== undefined && closed.from > query.until) continue;
    yield* closedCandidates(reader, closed, places, query.before ?? Infinity);
  }
}

/** Texts that every matching line holds: parsing is for what has them. */
function needlesOf({ account, attribute }: TrailQuery): string[] {
  const needles = [`"recipientAccountId":"${account}"`];
  if (!attribute) return needles;
  const { name, value } = attribute;
  if (name === "ReadOnly") needles.push(`"readOnly":${value}`);
  else needles.push(value === "root" ? "oot" : JSON.stringify(value).slice(1, -1));
  return needles;
}

function* openCandidates(reader: TrailReader, query: Finding): Generator<NumberedLine> {
  const { before = Infinity } = query;
  const needles = needlesOf(query);
  for (const { first, records } of reader.rows<StoredBatch>("openBack", reader.closedBatch())) {
    if (first >= before || !needles.every((needle) => records.includes(needle))) continue;
    for (const [index, line] of [...records.split("\n").entries()].reverse())
      if (first + index < before && needles.every((needle) => line.includes(needle)))
        yield { number: first + index, line };
  }
}

/** Places by segment, the newest segment first. */
function* indexed(reader: TrailReader, query: Finding): Generator<{ segment: number; places: number[] }> {
  const { account, region, attribute } = query;
  const newest = query.before === undefined ? undefined : reader.row<Segment>("segmentOf", query.before);
  const top = newest?.segment ?? Number.MAX_SAFE_INTEGER;
  if (attribute?.name === "EventId") {
    const key = eventKey(attribute.value);
    if (!key) return;
    for (const { segment, events } of reader.rows<{ segment: number; events: Uint8Array }>("buckets", key.bucket, top))
      yield { segment, places: placesOfEvent(events, key.prefix) };
    return;
  }
  const term = termKey(termText(account, region, attribute?.name ?? "", attribute?.value ?? ""));
  for (const { segment, records } of reader.rows<{ segment: number; records: Uint8Array }>("postings", term, top))
    yield { segment, places: unpackPlaces(records) };
}

function* closedCandidates(
  reader: TrailReader,
  { segment, first }: Segment,
  places: readonly number[],
  before: number,
): Generator<NumberedLine> {
  let [opened, lines]: [number, string[]] = [-1, []];
  for (const place of places.toReversed()) {
    if (first + place >= before) continue;
    const block = Math.floor(place / blockRecords);
    if (block !== opened) [opened, lines] = [block, reader.block(segment, block)];
    const line = lines[place % blockRecords];
    if (line !== undefined) yield { number: first + place, line };
  }
}
