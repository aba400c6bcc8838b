import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import { type Snapshot, snapshotRowId } from "../../../volumes/entities.ts";
import type { Image } from "../../../volumes/image.ts";
import { snapshotsOf } from "../../../volumes/image-uses.ts";
import { settingsOf } from "../../../volumes/settings.ts";
import { askResource } from "../ask-ec2.ts";
import type { FoundResource } from "../find-resource.ts";
import { findImage, ownImage } from "../images/find-image.ts";
import { changedLaunchers, launcherChange, type PermissionInput } from "../images/launchers.ts";
import { shareWith } from "../images/lists.ts";
import { isDefaultKey } from "../snapshots/sharing.ts";
import { invalidCombination, invalidValue } from "../refuse-ec2.ts";

interface Input extends PermissionInput {
  ImageId: string;
  Attribute?: string;
  Value?: string;
  Description?: { Value?: string };
  ImdsSupport?: { Value?: string };
}

type Attribute = "description" | "imdsSupport" | "launchPermission";

export const modifyImageAttribute: Operation<Input, unknown, FoundResource<Image>> = {
  name: "ModifyImageAttribute",
  readOnly: false,
  requestParameters: (input) => ({
    imageId: input.ImageId,
    ...(input.Attribute !== undefined && { attributeType: input.Attribute }),
    ...(input.OperationType !== undefined && {
      launchPermission: { [input.OperationType]: { items: olderItems(input) } },
    }),
    ...(input.LaunchPermission && {
      launchPermission: {
        ...(input.LaunchPermission.Add && { add: { items: input.LaunchPermission.Add.map(recordedPermission) } }),
        ...(input.LaunchPermission.Remove && {
          remove: { items: input.LaunchPermission.Remove.map(recordedPermission) },
        }),
      },
    }),
    ...(input.Description && { description: input.Description.Value }),
    ...(input.Value !== undefined && { value: input.Value }),
  }),
  find: ({ ImageId }, call) => findImage(ImageId, call),
  asks: (_input, found, call) => [askResource("ModifyImageAttribute", found, call)],
  run: async (input, found, call) => {
    const image = ownImage(found, call);
    const changes = await changesOf(image, input, call);
    return { answer: {}, changes, responseElements: { _return: true } };
  },
};

function changesOf(image: Entity<Image>, input: Input, call: Call) {
  const { entities } = call;
  const put = (change: Partial<Image>) => entities.put(image, { ...image.content, ...change });
  switch (attributeOf(input)) {
    case "description": {
      const description = input.Description?.Value ?? input.Value ?? "";
      if (description.length > 255) invalidValue("The description exceeds the maximum length of 255 characters");
      return [put({ description })];
    }
    case "imdsSupport": {
      const value = input.ImdsSupport?.Value ?? input.Value ?? "";
      if (value !== "v2.0") invalidValue(`Value (${value.slice(0, 64)}) for parameter imdsSupport is invalid.`);
      return [put({ imdsSupport: value })];
    }
    default:
      return launchersChanged(image, input, call);
  }
}

async function launchersChanged(image: Entity<Image>, input: Input, call: Call) {
  const change = launcherChange(input);
  if (change.add.length > 0) await mayBeShared(image.content, change.add.includes("all"), call);
  const launchers = changedLaunchers(image.content.launchers, change);
  const { entities } = call;
  return [...shareWith(image, launchers, entities), entities.put(image, { ...image.content, launchers })];
}

/** What is encrypted is not everybody's; what is encrypted under the account's default key is nobody else's. */
async function mayBeShared(image: Image, publicly: boolean, call: Call): Promise<void> {
  if (publicly && settingsOf(call).imagePublicAccess === "block-new-sharing")
    refuse(
      "OperationNotPermitted",
      "You can't publicly share this image because block public access for AMIs is enabled for this account.",
    );
  const keys = snapshotsOf(image).flatMap((id) => {
    const rowId = snapshotRowId(image.region, id);
    call.used.push(reference.row("snapshot", rowId));
    return call.entities.get<Snapshot>("snapshot", rowId)?.content.key.kms?.keyArn ?? [];
  });
  if (keys.length === 0) return;
  const isDefault = await Promise.all([...new Set(keys)].map((key) => isDefaultKey(key, call)));
  if (isDefault.includes(true))
    refuse(
      "InvalidParameter",
      "Snapshots encrypted with the AWS Managed CMK can't be shared. Specify another snapshot.",
    );
  if (publicly) refuse("OperationNotPermitted", "Images with encrypted snapshots cannot be shared publicly.");
}

function attributeOf(input: Input): Attribute {
  const { Attribute, Description, ImdsSupport } = input;
  if (Attribute !== undefined)
    return (
      (["description", "imdsSupport", "launchPermission"] as const).find((name) => name === Attribute) ??
      invalidValue(`Value (${Attribute.slice(0, 64)}) for parameter attribute is invalid.`)
    );
  if (Description && (ImdsSupport || input.LaunchPermission))
    return invalidCombination("Fields for multiple attribute types specified: one at a time can be modified.");
  if (Description) return "description";
  return ImdsSupport ? "imdsSupport" : "launchPermission";
}

const olderItems = ({ UserIds = [], UserGroups = [], OrganizationArns = [] }: Input): object[] => [
  ...UserIds.map((userId) => ({ userId })),
  ...UserGroups.map((group) => ({ group })),
  ...OrganizationArns.map((organizationArn) => ({ organizationArn })),
];

const recordedPermission = (permission: object): object =>
  Object.fromEntries(
    Object.entries(permission).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
  );
