import type { Operation } from "../../../operation.ts";
import type { Volume } from "../../../volumes/entities.ts";
import { askAll } from "../ask-ec2.ts";
import { describeResources } from "../describe.ts";
import type { Filter, FilterFields } from "../filters.ts";
import { recordedFilters, recordedItems } from "../recorded.ts";
import { zonesOf } from "../regions.ts";
import { volumeKind } from "../resource-kinds.ts";

interface Input {
  VolumeIds?: string[];
  Filters?: Filter[];
  MaxResults?: number;
  NextToken?: string;
  DryRun?: boolean;
}

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

const fields: FilterFields<Volume> = {
  "availability-zone": ({ zone }) => zone,
  "availability-zone-id": ({ region, zone }) => zonesOf(region).find(({ name }) => name === zone)?.id,
  "volume-status.status": statusOf,
  "volume-status.details-name": (volume) => detailsOf(volume).map(({ Name }) => Name),
  "volume-status.details-status": (volume) => detailsOf(volume).map(({ Status }) => Status),
};

export const describeVolumeStatus: Operation<Input, unknown, void> = {
  name: "DescribeVolumeStatus",
  readOnly: true,
  requestParameters: ({ VolumeIds, Filters, MaxResults, NextToken }) => ({
    volumeSet: VolumeIds ? recordedItems("volumeId", VolumeIds) : {},
    ...recordedFilters(Filters),
    ...(MaxResults !== undefined && { maxResults: MaxResults }),
    ...(NextToken !== undefined && { nextToken: NextToken }),
  }),
  find: () => undefined,
  asks: (_input, _found, call) => [askAll("DescribeVolumeStatus", call)],
  run: (input, _found, call) => {
    const { account } = call.caller.facts;
    const visible = (volume: Volume) => volume.account === account;
    const describing = { kind: volumeKind, set: "volumeSet", fields, visible };
    const { shown, more } = describeResources(describing, { ...input, ids: input.VolumeIds }, call);
    const VolumeStatuses = shown.map(({ content }) => ({
      VolumeId: content.volumeId,
      AvailabilityZone: content.zone,
      AvailabilityZoneId: zonesOf(content.region).find(({ name }) => name === content.zone)?.id,
      VolumeStatus: { Status: statusOf(content), Details: detailsOf(content) },
      Actions: [],
      Events: [],
    }));
    return { answer: { VolumeStatuses, ...more } };
  },
};
