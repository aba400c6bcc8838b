import type { Tag } from "../../../identity/entities.ts";
import type { Operation, Outcome } from "../../../operation.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import { askNew, askResource } from "../ask-ec2.ts";
import type { FoundResource } from "../find-resource.ts";
import { snapshotKind } from "../resource-kinds.ts";
import { beginCopy } from "../snapshots/begin-copy.ts";
import { checkCopyRequest, type CopyInput } from "../snapshots/copy-request.ts";
import { findSnapshot } from "../snapshots/visible.ts";
import { recordedSpecifications, tagsSpecified } from "../tags.ts";

interface Found {
  readonly source: FoundResource<Snapshot>;
  readonly tags: readonly Tag[];
}

export const copySnapshot: Operation<CopyInput, unknown, Found> = {
  name: "CopySnapshot",
  readOnly: false,
  requestParameters: (input) => recorded(input, {}),
  find: (input, call) => {
    const region = checkCopyRequest(input, call);
    const tags = tagsSpecified(input.TagSpecifications, "snapshot").snapshot;
    return { source: findSnapshot(input.SourceSnapshotId, call, region), tags };
  },
  asks: (_input, { source, tags }, call) => [
    ...askNew("CopySnapshot", snapshotKind, tags, call),
    askResource("CopySnapshot", source, call),
  ],
  run: async (input, { source, tags }, call, decisions): Promise<Outcome<unknown>> => {
    const { snapshot, changes } = await beginCopy(
      {
        source,
        tags,
        description: input.Description ?? "",
        encrypted: input.Encrypted,
        keyId: input.KmsKeyId,
        durationMinutes: input.CompletionDurationMinutes,
      },
      call,
      decisions[0]!,
    );
    const { snapshotId } = snapshot;
    const owner = source.entity?.content.account;
    return {
      answer: { SnapshotId: snapshotId, Tags: snapshot.tags },
      changes,
      responseElements: { requestId: call.requestId, snapshotId },
      // The owner of the source is told as well, and not what the copy is called.
      ...(owner !== undefined && {
        toldTo: { account: owner, requestParameters: recorded(input, { hidesTags: true }) },
      }),
    };
  },
};

const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS";

function recorded(input: CopyInput, { hidesTags = false }): object {
  const { SourceRegion, SourceSnapshotId, Description, DestinationRegion, Encrypted, KmsKeyId } = input;
  const { CompletionDurationMinutes, TagSpecifications } = input;
  return {
    sourceRegion: SourceRegion,
    sourceSnapshotId: SourceSnapshotId,
    ...(Description !== undefined && { description: Description }),
    ...(DestinationRegion !== undefined && { destinationRegion: DestinationRegion }),
    ...(Encrypted !== undefined && { encrypted: Encrypted }),
    ...(KmsKeyId !== undefined && { masterEncryptionKeyId: KmsKeyId }),
    ...(CompletionDurationMinutes !== undefined && { completionDurationMinutes: CompletionDurationMinutes }),
    ...(hidesTags && TagSpecifications ? { tagSpecificationSet: hidden } : recordedSpecifications(TagSpecifications)),
  };
}
