import { refuse } from "../../../errors.ts";
import type { Tag } from "../../../identity/entities.ts";
import type { Operation, Outcome } from "../../../operation.ts";
import type { Volume } from "../../../volumes/entities.ts";
import { askNew, askResource } from "../ask-ec2.ts";
import { type FoundResource, findResource, present } from "../find-resource.ts";
import { snapshotKind, volumeKind } from "../resource-kinds.ts";
import { newSnapshots } from "../snapshots/new-snapshot.ts";
import { startedSnapshot } from "../snapshots/show-snapshot.ts";
import { recordedSpecifications, type TagSpecification, tagsSpecified } from "../tags.ts";

interface Input {
  VolumeId: string;
  Description?: string;
  OutpostArn?: string;
  Location?: string;
  TagSpecifications?: TagSpecification[];
  DryRun?: boolean;
}

interface Found {
  readonly volume: FoundResource<Volume>;
  readonly tags: readonly Tag[];
}

export const createSnapshot: Operation<Input, unknown, Found> = {
  name: "CreateSnapshot",
  readOnly: false,
  requestParameters: ({ VolumeId, Description, TagSpecifications }) => ({
    volumeId: VolumeId,
    ...(Description !== undefined && { description: Description }),
    ...recordedSpecifications(TagSpecifications),
  }),
  find: (input, call) => {
    checkPlace(input);
    const tags = tagsSpecified(input.TagSpecifications, "snapshot").snapshot;
    return { volume: findResource(volumeKind, input.VolumeId, call), tags };
  },
  asks: ({ VolumeId }, { volume, tags }, call) => [
    askResource("CreateSnapshot", volume, call),
    ...askNew("CreateSnapshot", snapshotKind, tags, call, [["ec2:parentvolume", VolumeId]]),
  ],
  run: async (input, { volume, tags }, call, decisions): Promise<Outcome<unknown>> => {
    const wish = { volume: present(volume), description: input.Description ?? "", tags };
    const { snapshots, changes } = await newSnapshots([wish], "createSnapshot", call, decisions[0]!);
    const [snapshot] = snapshots;
    const { snapshotId, volumeId, createdAt, account, sizeGiB, encrypted } = snapshot!;
    return {
      answer: { ...startedSnapshot(snapshot!), Tags: snapshot!.tags },
      changes,
      responseElements: {
        requestId: call.requestId,
        snapshotId,
        volumeId,
        status: "pending",
        startTime: createdAt,
        ownerId: account,
        volumeSize: String(sizeGiB),
        encrypted,
      },
    };
  },
};

/** Throws UnsupportedOperation for what is not a Region. */
export function checkPlace({ OutpostArn, Location }: { OutpostArn?: string; Location?: string }): void {
  if (OutpostArn !== undefined || (Location !== undefined && Location !== "regional"))
    refuse("UnsupportedOperation", "Snapshots are kept in their volume's Region only.");
}
