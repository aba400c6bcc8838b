import type { Operation } from "../../../operation.ts";
import { describeFixed, type FixedInput } from "../fixed-lists.ts";
import { invalidValue } from "../refuse-ec2.ts";
import { type Zone, zonesOf } from "../regions.ts";

interface Input extends FixedInput {
  readonly ZoneNames?: string[];
  readonly ZoneIds?: string[];
}

type Listed = Zone & { readonly zoneId: string; readonly region: string; readonly tags: readonly [] };

const listed = (region: string): Listed[] =>
  zonesOf(region).map((zone) => ({ ...zone, id: zone.name, zoneId: zone.id, region, tags: [] }));

export const describeAvailabilityZones: Operation<Input> = describeFixed<Input, Listed>({
  name: "DescribeAvailabilityZones",
  member: "AvailabilityZones",
  set: "availabilityZoneSet",
  asked: ({ ZoneNames }) => ZoneNames,
  missing: (names) => invalidValue(`Invalid availability zone: [${names.join(", ")}]`),
  things: ({ ZoneIds = [] }, call) => {
    const zones = listed(call.region);
    const unknown = ZoneIds.filter((id) => !zones.some(({ zoneId }) => zoneId === id));
    if (unknown.length > 0) invalidValue(`Invalid availability zone-id: [${unknown.join(", ")}]`);
    return ZoneIds.length === 0 ? zones : zones.filter(({ zoneId }) => ZoneIds.includes(zoneId));
  },
  fields: {
    "zone-name": ({ name }) => name,
    "zone-id": ({ zoneId }) => zoneId,
    "zone-type": () => "availability-zone",
    "region-name": ({ region }) => region,
    "group-name": ({ region }) => `${region}-zg-1`,
    "network-border-group": ({ region }) => region,
    "opt-in-status": () => "opt-in-not-required",
    state: () => "available",
    message: () => undefined,
    "parent-zone-id": () => undefined,
    "parent-zone-name": () => undefined,
  },
  shown: ({ name, zoneId, region }) => ({
    State: "available",
    OptInStatus: "opt-in-not-required",
    Messages: [],
    RegionName: region,
    ZoneName: name,
    ZoneId: zoneId,
    GroupName: `${region}-zg-1`,
    NetworkBorderGroup: region,
    ZoneType: "availability-zone",
  }),
});
