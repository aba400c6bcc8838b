import type { Operation } from "../../../operation.ts";
import type { Volume } from "../../../volumes/entities.ts";
import { askResource } from "../ask-ec2.ts";
import { type FoundResource, findResource, present } from "../find-resource.ts";
import { invalidCombination, invalidValue } from "../refuse-ec2.ts";
import { volumeKind } from "../resource-kinds.ts";

interface Input {
  VolumeId: string;
  Attribute: string;
  DryRun?: boolean;
}

export const describeVolumeAttribute: Operation<Input, unknown, FoundResource<Volume>> = {
  name: "DescribeVolumeAttribute",
  readOnly: true,
  requestParameters: ({ VolumeId, Attribute }) => ({ volumeId: VolumeId, attribute: Attribute }),
  find: (input, call) => findResource(volumeKind, input.VolumeId, call),
  asks: (_input, found, call) => [askResource("DescribeVolumeAttribute", found, call)],
  run: ({ Attribute }, found) => {
    const { volumeId, autoEnableIo = false } = present(found).content;
    if (Attribute === "autoEnableIO") return { answer: { VolumeId: volumeId, AutoEnableIO: { Value: autoEnableIo } } };
    if (Attribute === "productCodes") return { answer: { VolumeId: volumeId, ProductCodes: [] } };
    return invalidValue(`Value (${Attribute.slice(0, 64)}) for parameter attribute is invalid.`);
  },
};

interface Change {
  VolumeId: string;
  AutoEnableIO?: { Value?: boolean };
  DryRun?: boolean;
}

export const modifyVolumeAttribute: Operation<Change, unknown, FoundResource<Volume>> = {
  name: "ModifyVolumeAttribute",
  readOnly: false,
  requestParameters: ({ VolumeId, AutoEnableIO }) => ({
    volumeId: VolumeId,
    ...(AutoEnableIO && { autoEnableIO: { value: AutoEnableIO.Value } }),
  }),
  find: (input, call) => findResource(volumeKind, input.VolumeId, call),
  asks: (_input, found, call) => [askResource("ModifyVolumeAttribute", found, call)],
  run: ({ AutoEnableIO }, found, call) => {
    const volume = present(found);
    const value = AutoEnableIO?.Value ?? invalidCombination("No attributes specified.");
    const changes = [call.entities.put(volume, { ...volume.content, autoEnableIo: value })];
    return { answer: {}, changes, responseElements: { _return: true } };
  },
};
