import type { Operation } from "../../../operation.ts";
import type { Volume } from "../../../volumes/entities.ts";
import { askAll } from "../ask-ec2.ts";
import { describeResources } from "../describe.ts";
import type { Filter, FilterFields } from "../filters.ts";
import { recordedFilters, recordedItems } from "../recorded.ts";
import { volumeKind } from "../resource-kinds.ts";

interface Input {
  VolumeIds?: string[];
  Filters?: Filter[];
  MaxResults?: number;
  NextToken?: string;
  DryRun?: boolean;
}

export type VolumeListing = Operation<Input, unknown, void>;

/** An operation that tells of the account's volumes; `fields` are its filters, `answer` what it says of those found. */
export const volumeListing = (
  name: string,
  fields: FilterFields<Volume>,
  answer: (volumes: readonly Volume[]) => object,
): VolumeListing => ({
  name,
  readOnly: true,
  requestParameters: ({ VolumeIds, Filters, MaxResults, NextToken }) => ({
    volumeSet: VolumeIds ? recordedItems("volumeId", VolumeIds) : {},
    ...recordedFilters(Filters),
    ...(MaxResults !== undefined && { maxResults: MaxResults }),
    ...(NextToken !== undefined && { nextToken: NextToken }),
  }),
  find: () => undefined,
  asks: (_input, _found, call) => [askAll(name, call)],
  run: (input, _found, call) => {
    const { account } = call.caller.facts;
    const visible = (volume: Volume) => volume.account === account;
    const describing = { kind: volumeKind, set: "volumeSet", fields, visible };
    const { shown, more } = describeResources(describing, { ...input, ids: input.VolumeIds }, call);
    return { answer: { ...answer(shown.map(({ content }) => content)), ...more } };
  },
});
