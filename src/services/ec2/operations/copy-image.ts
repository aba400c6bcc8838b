import { refuse } from "../../../errors.ts";
import type { Tag } from "../../../identity/entities.ts";
import type { Call, Operation, Outcome } from "../../../operation.ts";
import type { Decision } from "../../../policy/decision.ts";
import type { Change } from "../../../store/entities.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import { newId } from "../../../volumes/ids.ts";
import type { Image, ImageDevice } from "../../../volumes/image.ts";
import { snapshotsOf } from "../../../volumes/image-uses.ts";
import { askNew, askResource } from "../ask-ec2.ts";
import { madeBefore, rememberMade } from "../client-token.ts";
import type { FoundResource } from "../find-resource.ts";
import { findImage, launchable } from "../images/find-image.ts";
import { checkImageName, nameIsFree } from "../images/image-name.ts";
import { newImage } from "../images/new-image.ts";
import { imageKind } from "../resource-kinds.ts";
import { beginCopy } from "../snapshots/begin-copy.ts";
import { checkDuration } from "../snapshots/copy-request.ts";
import { findSnapshot } from "../snapshots/visible.ts";
import { isRegionName } from "../regions.ts";
import { recordedSpecifications, type TagSpecification, tagsSpecified, withTags } from "../tags.ts";

interface Input {
  Name: string;
  SourceImageId: string;
  SourceRegion: string;
  ClientToken?: string;
  Description?: string;
  Encrypted?: boolean;
  KmsKeyId?: string;
  CopyImageTags?: boolean;
  TagSpecifications?: TagSpecification[];
  SnapshotCopyCompletionDurationMinutes?: number;
  DestinationOutpostArn?: string;
}

interface Found {
  readonly source: FoundResource<Image>;
  readonly snapshots: ReadonlyMap<string, FoundResource<Snapshot>>;
  readonly tags: { readonly image: Tag[]; readonly snapshot: Tag[] };
  readonly before: readonly string[] | undefined;
}

/** Copies of its snapshots, and an image of those: available when they are complete. */
export const copyImage: Operation<Input, unknown, Found> = {
  name: "CopyImage",
  readOnly: false,
  requestParameters: (input) => ({
    sourceRegion: input.SourceRegion,
    sourceImageId: input.SourceImageId,
    name: input.Name,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.Encrypted !== undefined && { encrypted: input.Encrypted }),
    ...(input.KmsKeyId !== undefined && { kmsKeyId: input.KmsKeyId }),
    ...(input.CopyImageTags !== undefined && { copyImageTags: input.CopyImageTags }),
    ...(input.ClientToken !== undefined && { clientToken: input.ClientToken }),
    ...recordedSpecifications(input.TagSpecifications),
  }),
  find: (input, call) => {
    checkImageName(input.Name);
    if (!isRegionName(input.SourceRegion))
      refuse("InvalidRegion", `${input.SourceRegion.slice(0, 64)} is not a valid region name.`);
    if (input.DestinationOutpostArn !== undefined) refuse("UnsupportedOperation", "Images are copied to Regions only.");
    if (input.SnapshotCopyCompletionDurationMinutes !== undefined)
      checkDuration(input.SnapshotCopyCompletionDurationMinutes, "snapshotCopyCompletionDurationMinutes");
    const source = findImage(input.SourceImageId, call, input.SourceRegion);
    const ids = source.entity ? snapshotsOf(source.entity.content) : [];
    return {
      source,
      snapshots: new Map(ids.map((id) => [id, findSnapshot(id, call, input.SourceRegion)])),
      tags: tagsSpecified(input.TagSpecifications, "image", "snapshot"),
      before: madeBefore("CopyImage", input, call),
    };
  },
  asks: (_input, { source, tags }, call) => [
    ...askNew("CopyImage", imageKind, tags.image, call),
    askResource("CopyImage", source, call),
  ],
  run: async (input, found, call, decisions): Promise<Outcome<unknown>> => {
    if (found.before) return { answer: { ImageId: found.before[0] } };
    const source = launchable(found.source, call).content;
    nameIsFree(input.Name, call);
    const imageId = newId("ami");
    const { devices, changes: copies } = await copiedDevices(imageId, source, input, found, call, decisions[0]!);
    const traits = {
      ...traitsOf(source),
      name: input.Name,
      description: input.Description ?? source.description,
      devices,
      sourceImageId: source.imageId,
      sourceImageRegion: source.region,
    };
    const tags = withTags(input.CopyImageTags === true ? ownTags(source, call) : [], found.tags.image);
    const pending = devices.some(({ snapshotId }) => snapshotId !== undefined);
    const { changes, events } = newImage(traits, pending ? "pending" : "available", tags, call, imageId);
    return {
      answer: { ImageId: imageId },
      changes: [...copies, ...changes, ...rememberMade("CopyImage", input, [imageId], call)],
      events,
      responseElements: { imageId },
    };
  },
};

/** The devices of the copy; each snapshot is copied once. Throws InvalidRequest for what is not shared. */
async function copiedDevices(
  imageId: string,
  source: Image,
  input: Input,
  { snapshots, tags }: Found,
  call: Call,
  decision: Decision,
): Promise<{ devices: ImageDevice[]; changes: Change[] }> {
  if ([...snapshots.values()].some(({ entity }) => !entity))
    refuse("InvalidRequest", "You do not have permission to access the storage of this ami");
  const copies = new Map<string, Snapshot>();
  const changes: Change[] = [];
  for (const [id, snapshot] of snapshots) {
    const copy = await beginCopy(
      {
        source: snapshot,
        description: `Copied for DestinationAmi ${imageId} from SourceAmi ${source.imageId} for SourceSnapshot ${id}. Task created on ${call.now}.`,
        tags: tags.snapshot,
        encrypted: input.Encrypted,
        keyId: input.KmsKeyId,
        durationMinutes: input.SnapshotCopyCompletionDurationMinutes,
      },
      call,
      decision,
    );
    copies.set(id, copy.snapshot);
    changes.push(...copy.changes);
  }
  const devices = source.devices.map((device) => {
    const copy = device.snapshotId === undefined ? undefined : copies.get(device.snapshotId);
    return copy ? { ...device, snapshotId: copy.snapshotId, encrypted: copy.encrypted } : device;
  });
  return { devices, changes };
}

function traitsOf(source: Image) {
  const { architecture, virtualization, rootDevice, enaSupport } = source;
  const { sriovNetSupport, bootMode, tpmSupport, imdsSupport } = source;
  return {
    architecture,
    virtualization,
    rootDevice,
    enaSupport,
    ...(sriovNetSupport !== undefined && { sriovNetSupport }),
    ...(bootMode !== undefined && { bootMode }),
    ...(tpmSupport !== undefined && { tpmSupport }),
    ...(imdsSupport !== undefined && { imdsSupport }),
  };
}

/** Tags are their owner's: another account's image has none to copy. */
const ownTags = ({ account, tags }: Image, call: Call): Tag[] => (account === call.caller.facts.account ? tags : []);
