import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import { reference } from "../../../store/store.ts";
import { volumeRowId } from "../../../volumes/entities.ts";
import type { VolumeModification } from "../../../volumes/modification.ts";
import { askAll } from "../ask-ec2.ts";
import { compileFilters, type Filter } from "../filters.ts";
import { checkPaging, pageOfRows, type Paging } from "../paging.ts";
import { checkId, volumeKind } from "../resource-kinds.ts";
import { type FilteredModification, modificationFields, modificationView } from "../volumes/modification-view.ts";

interface Input extends Paging {
  VolumeIds?: string[];
  Filters?: Filter[];
  DryRun?: boolean;
}

const kind = "volume-modification";

export const describeVolumesModifications: Operation<Input, unknown, void> = {
  name: "DescribeVolumesModifications",
  readOnly: true,
  requestParameters: ({ VolumeIds, MaxResults, NextToken }) => ({
    DescribeVolumesModificationsRequest: {
      ...(VolumeIds && { VolumeId: VolumeIds }),
      ...(MaxResults !== undefined && { MaxResults }),
      ...(NextToken !== undefined && { NextToken }),
    },
  }),
  find: () => undefined,
  asks: (_input, _found, call) => [askAll("DescribeVolumesModifications", call)],
  run: (input, _found, call) => {
    const ids = input.VolumeIds ?? [];
    checkPaging(input, ids, "volumeSet");
    const passes = compileFilters<FilteredModification>(input.Filters, modificationFields);
    const kept = (one: VolumeModification) => passes({ ...one, tags: [] });
    if (ids.length > 0) {
      const found = [...new Set(ids)].map((id) => modificationOf(id, call));
      return { answer: { VolumesModifications: found.filter(kept).map(modificationView) } };
    }
    const scope = `${call.caller.facts.account}/${call.region}`;
    const { shown, more } = pageOfRows<VolumeModification, object>(
      {
        name: "volumeModificationSet",
        parts: [(page) => call.entities.listByScope<VolumeModification>(kind, scope, page)],
        keep: ({ content }) => (kept(content) ? modificationView(content) : undefined),
      },
      input,
      call,
    );
    return { answer: { VolumesModifications: shown, ...more } };
  },
};

function modificationOf(volumeId: string, call: Call): VolumeModification {
  checkId(volumeKind, volumeId);
  const id = volumeRowId(call.region, volumeId);
  call.used.push(reference.row(kind, id));
  const found = call.entities.get<VolumeModification>(kind, id)?.content;
  if (!found || found.account !== call.caller.facts.account)
    return refuse("InvalidVolumeModification.NotFound", `Modification for volume '${volumeId}' does not exist.`);
  return found;
}
