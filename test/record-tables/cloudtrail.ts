import { read, type Step, write } from "./steps.ts";

const TrailARN = "arn:aws:cloudtrail:{region}:{account}:trail/audit";
const named = { Name: "audit" };
const ofName = { name: "audit" };
const shown = {
  name: "audit",
  s3BucketName: "logs",
  includeGlobalServiceEvents: true,
  isMultiRegionTrail: false,
  trailARN: TrailARN,
  logFileValidationEnabled: false,
  isOrganizationTrail: false,
};
const selectors = [{ ReadWriteType: "WriteOnly", IncludeManagementEvents: true }];

/** Trails, and what is looked up. */
export const cloudtrail: readonly Step[] = [
  write("CreateTrail", { ...named, S3BucketName: "logs" }, { ...ofName, s3BucketName: "logs" }, shown),
  write(
    "UpdateTrail",
    { ...named, EnableLogFileValidation: true },
    { ...ofName, enableLogFileValidation: true },
    {
      ...shown,
      logFileValidationEnabled: true,
    },
  ),
  write("StartLogging", named, ofName),
  read("GetTrailStatus", named, ofName),
  write("StopLogging", named, ofName),
  read("DescribeTrails", { trailNameList: ["audit"] }, { trailNameList: ["audit"] }),
  read("GetTrail", named, ofName),
  read("ListTrails", {}, null),
  write(
    "PutEventSelectors",
    { TrailName: "audit", EventSelectors: selectors },
    { trailName: "audit", eventSelectors: [{ readWriteType: "WriteOnly", includeManagementEvents: true }] },
    {
      trailARN: TrailARN,
      eventSelectors: [
        {
          readWriteType: "WriteOnly",
          includeManagementEvents: true,
          dataResources: [],
          excludeManagementEventSources: [],
        },
      ],
    },
  ),
  read("GetEventSelectors", { TrailName: "audit" }, { trailName: "audit" }),
  write(
    "PutInsightSelectors",
    { TrailName: "audit", InsightSelectors: [{ InsightType: "ApiErrorRateInsight" }] },
    { trailName: "audit", insightSelectors: [{ insightType: "ApiErrorRateInsight" }] },
    { trailARN: TrailARN, insightSelectors: [{ insightType: "ApiErrorRateInsight" }] },
  ),
  read("GetInsightSelectors", { TrailName: "audit" }, { trailName: "audit" }),
  write(
    "AddTags",
    { ResourceId: TrailARN, TagsList: [{ Key: "a", Value: "b" }] },
    { resourceId: TrailARN, tagsList: [{ key: "a", value: "b" }] },
  ),
  read("ListTags", { ResourceIdList: [TrailARN] }, { resourceIdList: [TrailARN] }),
  write(
    "RemoveTags",
    { ResourceId: TrailARN, TagsList: [{ Key: "a" }] },
    { resourceId: TrailARN, tagsList: [{ key: "a" }] },
  ),
  read("ListPublicKeys", {}, null),
  read(
    "LookupEvents",
    { LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "GetTrail" }], MaxResults: 5 },
    { lookupAttributes: [{ attributeKey: "EventName", attributeValue: "GetTrail" }], maxResults: 5 },
  ),
  write("DeleteTrail", named, ofName),
];
