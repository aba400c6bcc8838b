import type { Call, Operation } from "../../../operation.ts";
import { describeFixed, type FixedInput } from "../fixed-lists.ts";
import { instanceTypes } from "../instance-types.ts";
import { invalidValue } from "../refuse-ec2.ts";
import { zonesOf } from "../regions.ts";

interface Input extends FixedInput {
  readonly LocationType?: string;
}

interface Offering {
  readonly id: string;
  readonly type: string;
  readonly location: string;
  readonly locationType: string;
  readonly tags: readonly [];
}

function locations(locationType: string, { region }: Call): string[] {
  if (locationType === "region") return [region];
  if (locationType === "availability-zone") return zonesOf(region).map(({ name }) => name);
  if (locationType === "availability-zone-id") return zonesOf(region).map(({ id }) => id);
  return invalidValue(`Value (${locationType.slice(0, 64)}) for parameter locationType is invalid.`);
}

/** Every type is offered everywhere. */
export const describeInstanceTypeOfferings: Operation<Input> = describeFixed<Input, Offering>({
  name: "DescribeInstanceTypeOfferings",
  member: "InstanceTypeOfferings",
  set: "instanceTypeOfferingSet",
  asked: () => undefined,
  missing: () => invalidValue("There is no such offering."),
  things: ({ LocationType = "region" }, call) =>
    locations(LocationType, call)
      .flatMap((location) =>
        [...instanceTypes.keys()].map((type) => {
          const id = `${location}/${type}`;
          return { id, type, location, locationType: LocationType, tags: [] as const };
        }),
      )
      .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  fields: { "instance-type": ({ type }) => type, location: ({ location }) => location },
  shown: ({ type, location, locationType }) => ({
    InstanceType: type,
    Location: location,
    LocationType: locationType,
  }),
});
