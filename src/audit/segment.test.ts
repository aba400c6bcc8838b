import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { chainHash, chainStart } from "./chain.ts";
import { lineKeys } from "./line-keys.ts";
import { closeSegment, countsOf, eventKey, indexOf, linesOfBlock, placesOfEvent, unpackPlaces } from "./segment.ts";
import { termKey } from "./segment.ts";
import { termsOf, type TrailRecord } from "./terms.ts";
import { lineOf } from "./testing.ts";

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(',"eventID":"', ',"eventTime":"x', '\\",', "\n"),
);

describe("a closed segment", () => {
  test("gives back every line and the shape of every batch", () => {
    let [hash, first]: [Uint8Array, number] = [chainStart, 1];
    const batches = Array.from({ length: 40 }, (_, index) => {
      const count = 1 + (index % 7);
      const records = Array.from({ length: count }, () => lineOf()).join("\n");
      const batch = { batch: index + 1, first, count, records, at: 1000 + index };
      first += count;
      hash = chainHash(hash, batch);
      return { ...batch, hash };
    });
    const closed = closeSegment(1, chainStart, batches);
    const lines = closed.blocks.flatMap(({ data }) => linesOfBlock(data));
    assert.equal(lines.join("\n"), batches.map(({ records }) => records).join("\n"));
    assert.deepEqual(
      countsOf(closed.heads),
      batches.map(({ count }) => count),
    );
    assert.equal(closed.records, lines.length);
    assert.deepEqual(closed.hash, hash);
  });

  test("finds each record by its id and by each of its terms, and nothing else", () => {
    const lines = Array.from({ length: 500 }, (_, index) =>
      lineOf({ eventName: `Event${index % 9}`, readOnly: index % 2 === 0, awsRegion: `eu-west-${index % 3}` }),
    );
    const { postings, buckets } = indexOf(lines);
    const records = lines.map((line) => JSON.parse(line) as TrailRecord);
    for (const [place, { eventID }] of records.entries()) {
      const key = eventKey(eventID)!;
      const bucket = buckets.find((one) => one.bucket === key.bucket)!;
      assert.deepEqual(placesOfEvent(bucket.events, key.prefix), [place]);
    }
    const wanted = new Map<string, number[]>();
    for (const [place, record] of records.entries())
      for (const text of termsOf(record)) wanted.set(text, [...(wanted.get(text) ?? []), place]);
    assert.equal(postings.length, wanted.size);
    for (const [text, places] of wanted) {
      const posting = postings.find(({ term }) => Buffer.compare(term, termKey(text)) === 0)!;
      assert.deepEqual(unpackPlaces(posting.records), places);
    }
  });

  test("whatever stands in a record, its keys are read as JSON would read them, and like records have like terms", () => {
    const record = fc.record({ name: hostile, agent: hostile, context: fc.dictionary(hostile, hostile) });
    fc.assert(
      fc.property(record, record, (one, other) => {
        const [a, b] = [one, other].map(({ name, agent, context }) =>
          lineOf({
            userIdentity: { type: "IAMUser", userName: name },
            userAgent: agent,
            requestParameters: { encryptionContext: context, eventID: name },
            additionalEventData: { [agent]: name },
          }),
        ) as [string, string];
        const [keysOfA, keysOfB] = [lineKeys(a), lineKeys(b)];
        const [recordA, recordB] = [JSON.parse(a) as TrailRecord, JSON.parse(b) as TrailRecord];
        assert.equal(keysOfA.eventId, recordA.eventID);
        assert.equal(keysOfA.time, recordA.eventTime);
        assert.notEqual(keysOfA.alike, undefined);
        if (keysOfA.alike === keysOfB.alike) assert.deepEqual(termsOf(recordA), termsOf(recordB));
      }),
    );
  });
});
