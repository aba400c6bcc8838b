import type { Delivery } from "../../../deliveries/entities.ts";
import { refuse } from "../../../errors.ts";
import { makeMarker, readMarker } from "../../../marker.ts";
import type { Operation } from "../../../operation.ts";
import { askTrail } from "../ask-trail.ts";
import { recorded } from "../recorded.ts";
import { trailsHere, visibleTrails } from "../trails/find-trail.ts";
import { onTrail } from "../trails/on-trail.ts";
import { shownTrail } from "../trails/shown.ts";
import { arnOfTrail } from "../trails/trail-name.ts";

interface DescribeInput {
  trailNameList?: string[];
  includeShadowTrails?: boolean;
}

/** Names that are nobody's are left out. A shadow is one of a trail with another home Region. */
const describeTrails: Operation<DescribeInput, unknown, readonly string[]> = {
  name: "DescribeTrails",
  readOnly: true,
  requestParameters: recorded,
  find: ({ trailNameList = [] }, call) => trailNameList.map((name) => arnOfTrail(name, call)),
  asks: (_input, _arns, call) => [askTrail("DescribeTrails", "*", call)],
  run: ({ includeShadowTrails = true }, arns, call) => {
    const here = trailsHere(call).map(({ content }) => content);
    const wanted = new Set(arns);
    const shown = here.filter(
      ({ arn, homeRegion }) =>
        (wanted.size === 0 || wanted.has(arn)) && (includeShadowTrails || homeRegion === call.region),
    );
    return { answer: { trailList: shown.map(shownTrail) } };
  },
};

const getTrail = onTrail<{ Name: string }>({
  name: "GetTrail",
  readOnly: true,
  run: (_input, { content }) => ({ answer: { Trail: shownTrail(content) } }),
});

const pageMost = 100;

/** Every trail of the account, whatever its Region. */
const listTrails: Operation<{ NextToken?: string }, unknown, undefined> = {
  name: "ListTrails",
  readOnly: true,
  requestParameters: recorded,
  find: () => undefined,
  asks: (_input, _found, call) => [askTrail("ListTrails", "*", call)],
  run: ({ NextToken }, _found, call) => {
    const after = NextToken === undefined ? "" : readMarker("ListTrails", NextToken, call);
    if (after === undefined) return refuse("InvalidNextTokenException", "The token is not valid.");
    const trails = visibleTrails(call)
      .map(({ content }) => content)
      .filter(({ arn }) => arn > after)
      .sort((a, b) => (a.arn < b.arn ? -1 : 1));
    const shown = trails.slice(0, pageMost);
    const more = trails.length > pageMost && { NextToken: makeMarker("ListTrails", shown.at(-1)?.arn ?? "", call) };
    const listed = shown.map(({ arn, name, homeRegion }) => ({ TrailARN: arn, Name: name, HomeRegion: homeRegion }));
    return { answer: { Trails: listed, ...more } };
  },
};

/** Times twice: as numbers, and as the texts that CloudTrail had before. */
const getTrailStatus = onTrail<{ Name: string }>({
  name: "GetTrailStatus",
  readOnly: true,
  run: (_input, { content: trail }, call) => {
    const state = call.entities.get<Delivery>("trail-delivery", trail.delivery)?.content;
    const text = (at: number | undefined) => (at === undefined ? "" : `${new Date(at).toISOString().slice(0, 19)}Z`);
    return {
      answer: {
        IsLogging: trail.logging,
        LatestDeliveryError: state?.error,
        LatestDeliveryTime: state?.deliveredAt,
        LatestDigestDeliveryTime: state?.digestAt,
        LatestDigestDeliveryError: state?.digestError,
        StartLoggingTime: trail.startedAt,
        StopLoggingTime: trail.stoppedAt,
        LatestDeliveryAttemptTime: text(state?.attemptedAt),
        LatestDeliveryAttemptSucceeded: text(state?.deliveredAt),
        // Nobody is notified, and nothing goes to CloudWatch Logs: neither service is here.
        ...(trail.topicArn !== undefined &&
          state?.deliveredAt !== undefined && { LatestNotificationError: "NotFound" }),
        ...(trail.logGroupArn !== undefined &&
          state?.deliveredAt !== undefined && { LatestCloudWatchLogsDeliveryError: "ResourceNotFoundException" }),
        LatestNotificationAttemptTime: "",
        LatestNotificationAttemptSucceeded: "",
        TimeLoggingStarted: text(trail.startedAt),
        TimeLoggingStopped: text(trail.logging ? undefined : trail.stoppedAt),
      },
    };
  },
});

export const describeTrailOperations: readonly Operation[] = [describeTrails, getTrail, listTrails, getTrailStatus];
