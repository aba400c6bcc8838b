import type { AdvancedEventSelector, EventSelector } from "../../../audit/event-selectors.ts";
import type { AccountTrail } from "../../../deliveries/entities.ts";

/** What a trail records that nobody has said anything about. */
export const defaultSelectors: readonly EventSelector[] = [
  { ReadWriteType: "All", IncludeManagementEvents: true, DataResources: [], ExcludeManagementEventSources: [] },
];

/** As CreateTrail and UpdateTrail answer it. */
export function createdTrail(trail: AccountTrail): Record<string, unknown> {
  return {
    Name: trail.name,
    S3BucketName: trail.bucket,
    S3KeyPrefix: trail.prefix,
    SnsTopicName: trail.topicName,
    SnsTopicARN: trail.topicArn,
    IncludeGlobalServiceEvents: trail.globalServiceEvents,
    IsMultiRegionTrail: trail.multiRegion,
    TrailARN: trail.arn,
    LogFileValidationEnabled: trail.validation,
    CloudWatchLogsLogGroupArn: trail.logGroupArn,
    CloudWatchLogsRoleArn: trail.logRoleArn,
    KmsKeyId: trail.kmsKey,
    IsOrganizationTrail: trail.organizationId !== undefined,
    RecursiveLogging: trail.recursiveLogging,
  };
}

/** As GetTrail and DescribeTrails answer it. */
export const shownTrail = (trail: AccountTrail): Record<string, unknown> => ({
  ...createdTrail(trail),
  HomeRegion: trail.homeRegion,
  HasCustomEventSelectors: hasCustomSelectors(trail),
  HasInsightSelectors: (trail.insights ?? []).length > 0,
});

const hasCustomSelectors = ({ selectors, advanced }: AccountTrail): boolean =>
  advanced !== undefined || (selectors !== undefined && JSON.stringify(selectors) !== JSON.stringify(defaultSelectors));

export interface ShownSelectors {
  readonly TrailARN: string;
  readonly EventSelectors?: readonly EventSelector[];
  readonly AdvancedEventSelectors?: readonly AdvancedEventSelector[];
}

export const shownSelectors = ({ arn, selectors, advanced }: AccountTrail): ShownSelectors => ({
  TrailARN: arn,
  ...(advanced ? { AdvancedEventSelectors: advanced } : { EventSelectors: selectors ?? defaultSelectors }),
});
