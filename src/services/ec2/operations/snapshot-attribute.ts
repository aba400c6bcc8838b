import type { Operation, Outcome } from "../../../operation.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import { askResource } from "../ask-ec2.ts";
import type { FoundResource } from "../find-resource.ts";
import { invalidValue } from "../refuse-ec2.ts";
import { readShareRequest, type ShareInput, type ShareRequest, shareValues } from "../snapshots/share-request.ts";
import { checkSharing, sharedWith } from "../snapshots/sharing.ts";
import { everybody } from "../../../volumes/sharing.ts";
import { findSnapshot, owned } from "../snapshots/visible.ts";

interface Shared {
  readonly found: FoundResource<Snapshot>;
  readonly request: ShareRequest;
}

const done = { answer: {}, responseElements: { _return: true } };

const recordedPermission = ({ adds, who }: ShareRequest): object => ({
  [adds ? "add" : "remove"]: {
    items: who.map((one) => (one === everybody ? { group: one } : { userId: one })),
  },
});

/** What was asked for, where it can be read at all. */
function recordedRequest(input: ShareInput): object {
  try {
    return { createVolumePermission: recordedPermission(readShareRequest(input)) };
  } catch {
    return {};
  }
}

export const modifySnapshotAttribute: Operation<ShareInput, unknown, Shared> = {
  name: "ModifySnapshotAttribute",
  readOnly: false,
  requestParameters: (input) => ({
    snapshotId: input.SnapshotId,
    attributeType: "CREATE_VOLUME_PERMISSION",
    ...recordedRequest(input),
  }),
  find: (input, call) => {
    const found = findSnapshot(input.SnapshotId, call);
    return { found, request: readShareRequest(input) };
  },
  asks: (_input, { found, request }, call) => [
    askResource("ModifySnapshotAttribute", found, call, shareValues(request)),
  ],
  run: async (_input, { found, request }, call): Promise<Outcome<unknown>> => {
    const snapshot = owned(found, call);
    const { adds, who } = request;
    if (adds) await checkSharing(snapshot, who, call);
    // The owner's own account is no news.
    const others = who.filter((one) => one !== snapshot.content.account);
    const before = snapshot.content.sharedWith;
    const after = adds ? [...new Set([...before, ...others])] : before.filter((one) => !who.includes(one));
    return { ...done, ...sharedWith(snapshot, after, call) };
  },
};

interface AttributeInput {
  SnapshotId: string;
  Attribute: string;
  DryRun?: boolean;
}

const badAttribute = (attribute: string): never =>
  invalidValue(`Value (${attribute.slice(0, 64)}) for parameter attribute is invalid. Unknown snapshot attribute`);

export const describeSnapshotAttribute: Operation<AttributeInput, unknown, FoundResource<Snapshot>> = {
  name: "DescribeSnapshotAttribute",
  readOnly: true,
  requestParameters: ({ SnapshotId, Attribute }) => ({ snapshotId: SnapshotId, attributeType: Attribute }),
  find: ({ SnapshotId, Attribute }, call) => {
    if (Attribute !== "createVolumePermission" && Attribute !== "productCodes") badAttribute(Attribute);
    return findSnapshot(SnapshotId, call);
  },
  asks: (_input, found, call) => [askResource("DescribeSnapshotAttribute", found, call)],
  run: ({ SnapshotId, Attribute }, found, call) => {
    const { sharedWith: who } = owned(found, call).content;
    if (Attribute === "productCodes") return { answer: { SnapshotId, ProductCodes: [] } };
    const CreateVolumePermissions = who.map((one) => (one === everybody ? { Group: one } : { UserId: one }));
    return { answer: { SnapshotId, CreateVolumePermissions } };
  },
};

export const resetSnapshotAttribute: Operation<AttributeInput, unknown, FoundResource<Snapshot>> = {
  name: "ResetSnapshotAttribute",
  readOnly: false,
  requestParameters: ({ SnapshotId, Attribute }) => ({ snapshotId: SnapshotId, attributeType: Attribute }),
  find: ({ SnapshotId, Attribute }, call) => {
    if (Attribute !== "createVolumePermission") badAttribute(Attribute);
    return findSnapshot(SnapshotId, call);
  },
  asks: (_input, found, call) => [askResource("ResetSnapshotAttribute", found, call)],
  run: (_input, found, call) => ({ ...done, changes: sharedWith(owned(found, call), [], call).changes }),
};
