import type { Volume } from "../../../volumes/entities.ts";
import type { FilterFields } from "../filters.ts";
import { zonesOf } from "../regions.ts";
import { type VolumeListing, volumeListing } from "../volumes/volume-listing.ts";

/** A volume that should be served and is not is impaired; one that is on its way cannot be told of. */
function statusOf({ state, attachments }: Volume): "ok" | "impaired" | "insufficient-data" {
  if (state === "creating" || state === "deleting") return "insufficient-data";
  return attachments.some(({ unserved }) => unserved !== undefined) ? "impaired" : "ok";
}

function detailsOf(volume: Volume): { Name: string; Status: string }[] {
  const enabled = { ok: "passed", impaired: "failed", "insufficient-data": "insufficient-data" }[statusOf(volume)];
  return [
    { Name: "io-enabled", Status: enabled },
    { Name: "io-performance", Status: "not-applicable" },
  ];
}

const zoneId = ({ region, zone }: Volume): string | undefined => zonesOf(region).find(({ name }) => name === zone)?.id;

const fields: FilterFields<Volume> = {
  "availability-zone": ({ zone }) => zone,
  "availability-zone-id": zoneId,
  "volume-status.status": statusOf,
  "volume-status.details-name": (volume) => detailsOf(volume).map(({ Name }) => Name),
  "volume-status.details-status": (volume) => detailsOf(volume).map(({ Status }) => Status),
};

export const describeVolumeStatus: VolumeListing = volumeListing("DescribeVolumeStatus", fields, (volumes) => ({
  VolumeStatuses: volumes.map((volume) => ({
    VolumeId: volume.volumeId,
    AvailabilityZone: volume.zone,
    AvailabilityZoneId: zoneId(volume),
    VolumeStatus: { Status: statusOf(volume), Details: detailsOf(volume) },
    Actions: [],
    Events: [],
  })),
}));
