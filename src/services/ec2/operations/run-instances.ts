import type { Call, Operation } from "../../../operation.ts";
import type { Snapshot } from "../../../volumes/entities.ts";
import type { Image } from "../../../volumes/image.ts";
import { instanceEvent, type LaunchedInstance } from "../../../volumes/instance.ts";
import { madeBefore, rememberMade } from "../client-token.ts";
import { type FoundResource, findResource } from "../find-resource.ts";
import { recordedDevices } from "../images/block-devices.ts";
import { findImage, launchable, mayLaunch } from "../images/find-image.ts";
import { askLaunch, type AskedLaunch } from "../instances/ask-launch.ts";
import { launchDevices, namedSnapshots } from "../instances/launch-devices.ts";
import { type LaunchInput, said } from "../instances/launch-input.ts";
import { launchPlace } from "../instances/launch-place.ts";
import { checkCounts, checkedUserData, countOf, refuseUnknown, traitsOf } from "../instances/launch-traits.ts";
import { newInstance } from "../instances/new-instance.ts";
import { reservationsOf } from "../instances/show-instance.ts";
import { missingParameter } from "../refuse-ec2.ts";
import { instanceKind, notFound } from "../resource-kinds.ts";
import { recordedSpecifications, tagsSpecified } from "../tags.ts";

interface Found extends AskedLaunch {
  readonly image: FoundResource<Image>;
  readonly snapshots: readonly FoundResource<Snapshot>[];
  readonly before: readonly string[] | undefined;
}

/** Instances whose volumes are real: made, opened and served after the answer. */
export const runInstances: Operation<LaunchInput, unknown, Found> = {
  name: "RunInstances",
  readOnly: false,
  requestParameters: (input) => ({
    instancesSet: {
      items: [{ imageId: input.ImageId, minCount: input.MinCount, maxCount: input.MaxCount, keyName: input.KeyName }],
    },
    ...(input.UserData !== undefined && { userData: "<sensitiveDataRemoved>" }),
    ...(input.InstanceType !== undefined && { instanceType: input.InstanceType }),
    ...recordedDevices(input.BlockDeviceMappings),
    ...(input.SubnetId !== undefined && { subnetId: input.SubnetId }),
    ...(input.Placement?.AvailabilityZone !== undefined && { availabilityZone: input.Placement.AvailabilityZone }),
    monitoring: { enabled: input.Monitoring?.Enabled ?? false },
    disableApiTermination: input.DisableApiTermination ?? false,
    disableApiStop: input.DisableApiStop ?? false,
    ...(input.ClientToken !== undefined && { clientToken: input.ClientToken }),
    ...recordedSpecifications(input.TagSpecifications),
  }),
  find: (given, call) => {
    const input = said(given);
    refuseUnknown(input);
    const image = findImage(input.ImageId ?? missingParameter("ImageId"), call);
    // Of an image that the caller may not launch nothing is told, not even by what is asked.
    const known = image.entity && mayLaunch(image.entity.content, call) ? image.entity.content : undefined;
    return {
      image,
      snapshots: namedSnapshots(input.BlockDeviceMappings, call),
      place: launchPlace(input, call),
      devices: known ? launchDevices(known, input.BlockDeviceMappings, call) : [],
      tags: tagsSpecified(input.TagSpecifications, "instance", "volume"),
      before: madeBefore("RunInstances", given, call),
    };
  },
  asks: (given, found, call) => askLaunch(said(given), found, call),
  run: (given, { image: found, place, devices, tags, before }, call, decisions) => {
    if (before) return { answer: reservationsOf(madeInstances(before, call), call.entities)[0] };
    const input = said(given);
    const image = launchable(found, call).content;
    checkCounts(input, call);
    const traits = traitsOf(input, image, place);
    const wish = { traits, cidr: place.subnet.cidr, devices, userData: checkedUserData(input), tags };
    const made = Array.from({ length: countOf(input, call) }, (_, index) =>
      newInstance(wish, index, call, decisions[0]!),
    );
    const instances = made.map(({ instance }) => instance);
    const ids = instances.map(({ instanceId }) => instanceId);
    return {
      answer: reservationsOf(instances, call.entities)[0],
      changes: [...made.flatMap(({ changes }) => changes), ...rememberMade("RunInstances", given, ids, call)],
      events: instances.map(instanceEvent),
      responseElements: {
        requestId: call.requestId,
        reservationId: traits.reservationId,
        ownerId: call.caller.facts.account,
        instancesSet: { items: ids.map((instanceId) => ({ instanceId, imageId: image.imageId })) },
      },
    };
  },
};

/** Launched by the same request before. */
function madeInstances(ids: readonly string[], call: Call): LaunchedInstance[] {
  return ids.map((id) => {
    const { entity } = findResource(instanceKind, id, call);
    if (!entity) throw notFound(instanceKind, id);
    return entity.content;
  });
}
