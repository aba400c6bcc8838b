import { type DigestKey } from "../../../deliveries/entities.ts";
import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { askTrail } from "../ask-trail.ts";
import { recorded } from "../recorded.ts";

interface Input {
  StartTime?: number;
  EndTime?: number;
  NextToken?: string;
}

/** Keys of one Region that are read at once: one a year. */
const keysMost = 1000;

/** The keys that have signed the Region's digest files in a time; without one, the key that signs them now. */
export const listPublicKeys: Operation<Input, unknown, undefined> = {
  name: "ListPublicKeys",
  readOnly: true,
  requestParameters: ({ StartTime, EndTime, ...rest }) =>
    recorded({
      ...rest,
      ...(StartTime !== undefined && { StartTime: new Date(StartTime).toUTCString() }),
      ...(EndTime !== undefined && { EndTime: new Date(EndTime).toUTCString() }),
    }),
  find: ({ StartTime, EndTime, NextToken }, call) => {
    if (NextToken !== undefined) refuse("InvalidTokenException", "The token is not valid.");
    if ((StartTime ?? 0) > (EndTime ?? call.now))
      refuse("InvalidTimeRangeException", "The start time must be before the end time.");
    return undefined;
  },
  asks: (_input, _found, call) => [askTrail("ListPublicKeys", "*", call)],
  run: ({ StartTime, EndTime }, _found, call) => {
    const [start, end] = [StartTime ?? EndTime ?? call.now, EndTime ?? call.now];
    const keys = call.entities.listByScope<DigestKey>("digest-key", call.region, { after: "", limit: keysMost });
    const valid = keys.filter(({ content }) => content.from <= end && content.until >= start);
    return {
      answer: {
        PublicKeyList: valid.map(({ row, content }) => ({
          Value: Buffer.from(content.publicKey, "base64"),
          ValidityStartTime: content.from,
          ValidityEndTime: content.until,
          Fingerprint: row.id,
        })),
      },
    };
  },
};
