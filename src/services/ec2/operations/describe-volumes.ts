import type { Operation } from "../../../operation.ts";
import { askAll } from "../ask-ec2.ts";
import { describeResources } from "../describe.ts";
import type { Filter } from "../filters.ts";
import { recordedFilters, recordedItems } from "../recorded.ts";
import { volumeKind } from "../resource-kinds.ts";
import { volumeFields } from "../volumes/volume-filters.ts";
import { volumeView } from "../volumes/volume-view.ts";

interface Input {
  VolumeIds?: string[];
  Filters?: Filter[];
  MaxResults?: number;
  NextToken?: string;
  DryRun?: boolean;
}

export const describeVolumes: Operation<Input, unknown, void> = {
  name: "DescribeVolumes",
  readOnly: true,
  requestParameters: ({ VolumeIds, Filters, MaxResults, NextToken }) => ({
    volumeSet: VolumeIds ? recordedItems("volumeId", VolumeIds) : {},
    ...recordedFilters(Filters),
    ...(MaxResults !== undefined && { maxResults: MaxResults }),
    ...(NextToken !== undefined && { nextToken: NextToken }),
  }),
  find: () => undefined,
  asks: (_input, _found, call) => [askAll("DescribeVolumes", call)],
  run: (input, _found, call) => {
    const { account } = call.caller.facts;
    const describing = {
      kind: volumeKind,
      set: "volumeSet",
      fields: volumeFields,
      visible: (volume: { account: string }) => volume.account === account,
    };
    const { shown, more } = describeResources(describing, { ...input, ids: input.VolumeIds }, call);
    return { answer: { Volumes: shown.map(({ content }) => volumeView(content)), ...more } };
  },
};
