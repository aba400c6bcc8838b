import type { AdvancedEventSelector } from "../../../audit/event-selectors.ts";
import type { AccountTrail, InsightSelector } from "../../../deliveries/entities.ts";
import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { recorded } from "../recorded.ts";
import { checkedSelectors, type GivenSelector } from "../trails/basic-selectors.ts";
import { checkAdvancedSelectors } from "../trails/advanced-selectors.ts";
import { onTrail } from "../trails/on-trail.ts";
import { shownSelectors } from "../trails/shown.ts";

interface SelectorsInput {
  TrailName: string;
  EventSelectors?: GivenSelector[];
  AdvancedEventSelectors?: AdvancedEventSelector[];
}

/** One kind of selectors takes the place of the other. */
const putEventSelectors = onTrail<SelectorsInput>({
  name: "PutEventSelectors",
  run: ({ EventSelectors, AdvancedEventSelectors }, trail, call) => {
    if ((EventSelectors === undefined) === (AdvancedEventSelectors === undefined))
      refuse(
        "InvalidEventSelectorsException",
        "You must specify either EventSelectors or AdvancedEventSelectors, and not both.",
      );
    const { selectors: _basic, advanced: _advanced, ...kept } = trail.content;
    const changed: AccountTrail = {
      ...kept,
      ...(EventSelectors && { selectors: checkedSelectors(EventSelectors) }),
      ...(AdvancedEventSelectors && { advanced: checkAdvancedSelectors(AdvancedEventSelectors, "trail") }),
    };
    const answer = shownSelectors(changed);
    return { answer, changes: [call.entities.put(trail, changed)], responseElements: recorded(answer) };
  },
});

const getEventSelectors = onTrail<{ TrailName: string }>({
  name: "GetEventSelectors",
  readOnly: true,
  run: (_input, { content }) => ({ answer: shownSelectors(content) }),
});

interface InsightsInput {
  TrailName?: string;
  EventDataStore?: string;
  InsightsDestination?: string;
  InsightSelectors: InsightSelector[];
}

/** Accepted and kept: Insights events are not made. An empty list switches them off. */
const putInsightSelectors = onTrail<InsightsInput>({
  name: "PutInsightSelectors",
  run: ({ InsightSelectors, EventDataStore, InsightsDestination }, trail, call) => {
    if (EventDataStore !== undefined || InsightsDestination !== undefined)
      refuse(
        "InvalidParameterCombinationException",
        "TrailName cannot be combined with EventDataStore or InsightsDestination.",
      );
    const types = InsightSelectors.map(({ InsightType }) => InsightType);
    if (types.includes(undefined) || new Set(types).size < types.length)
      refuse("InvalidInsightSelectorsException", "Every insight selector must have an InsightType of its own.");
    const changed: AccountTrail = { ...trail.content, insights: InsightSelectors };
    const answer = { TrailARN: changed.arn, InsightSelectors };
    return { answer, changes: [call.entities.put(trail, changed)], responseElements: recorded(answer) };
  },
});

const getInsightSelectors = onTrail<{ TrailName?: string; EventDataStore?: string }>({
  name: "GetInsightSelectors",
  readOnly: true,
  run: ({ EventDataStore }, { content: { arn, insights = [], account } }) => {
    if (EventDataStore !== undefined)
      refuse("InvalidParameterCombinationException", "TrailName cannot be combined with EventDataStore.");
    if (insights.length === 0)
      refuse("InsightNotEnabledException", `Trail ${arn} of ${account} does not have Insights enabled.`);
    return { answer: { TrailARN: arn, InsightSelectors: insights } };
  },
});

export const trailSelectorOperations: readonly Operation[] = [
  putEventSelectors,
  getEventSelectors,
  putInsightSelectors,
  getInsightSelectors,
];
