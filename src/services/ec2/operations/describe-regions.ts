import { partitionOf } from "../../../arn.ts";
import type { Operation } from "../../../operation.ts";
import { describeFixed, type FixedInput } from "../fixed-lists.ts";
import { invalidValue } from "../refuse-ec2.ts";
import { isRegionName, listedRegions, optInStatusOf } from "../regions.ts";

interface Input extends FixedInput {
  readonly RegionNames?: string[];
}

interface Region {
  readonly id: string;
  readonly tags: readonly [];
  readonly endpoint: string;
}

const domains: Readonly<Record<string, string>> = { "aws-cn": "amazonaws.com.cn" };

const region = (id: string): Region => ({
  id,
  tags: [],
  endpoint: `ec2.${id}.${domains[partitionOf(id)] ?? "amazonaws.com"}`,
});

/** Differs: every Region is open to every account here, so that all are told, whether AllRegions is set or not. */
export const describeRegions: Operation<Input> = describeFixed<Input, Region>({
  name: "DescribeRegions",
  member: "Regions",
  set: "regionSet",
  asked: ({ RegionNames }) => RegionNames,
  missing: (names) => invalidValue(`Invalid region: [${names.join(", ")}]`),
  things: ({ RegionNames = [] }, call) =>
    [...new Set([...listedRegions(call.region), ...RegionNames.filter(isRegionName)])].toSorted().map(region),
  fields: {
    "region-name": ({ id }) => id,
    endpoint: ({ endpoint }) => endpoint,
    "opt-in-status": ({ id }) => optInStatusOf(id),
  },
  shown: ({ id, endpoint }) => ({ RegionName: id, Endpoint: endpoint, OptInStatus: optInStatusOf(id) }),
});
