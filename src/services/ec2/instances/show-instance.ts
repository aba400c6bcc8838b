import type { Entities } from "../../../store/entities.ts";
import type { Attachment, Volume } from "../../../volumes/entities.ts";
import { type LaunchedInstance, stateCodes } from "../../../volumes/instance.ts";
import { volumesOf } from "../../../volumes/instance-volumes.ts";
import { defaultNetwork } from "../default-network.ts";
import type { FilterFields } from "../filters.ts";
import { instanceTypes } from "../instance-types.ts";
import { zonesOf } from "../regions.ts";

export const stateOf = (state: LaunchedInstance["state"]): { Code: number; Name: string } => ({
  Code: stateCodes[state],
  Name: state,
});

const isGone = ({ state }: LaunchedInstance): boolean => state === "terminated";

const networkOf = ({ account, region }: LaunchedInstance) => defaultNetwork(account, region);

const hostOf = (instance: LaunchedInstance): string => {
  const { region, address } = instance;
  const domain = region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`;
  return isGone(instance) ? "" : `ip-${address.replaceAll(".", "-")}.${domain}`;
};

function cpuOf({ type }: LaunchedInstance): object {
  const { vcpus = 1, threadsPerCore = 1 } = instanceTypes.get(type) ?? {};
  return { CoreCount: vcpus / threadsPerCore, ThreadsPerCore: threadsPerCore };
}

const groupsOf = (instance: LaunchedInstance): object[] =>
  isGone(instance) ? [] : [{ GroupId: networkOf(instance).groupId, GroupName: "default" }];

export const shownDevice = ({ volumeId }: Volume, attachment: Attachment): object => ({
  DeviceName: attachment.device,
  Ebs: {
    VolumeId: volumeId,
    Status: attachment.state,
    AttachTime: attachment.attachedAt,
    DeleteOnTermination: attachment.deleteOnTermination,
  },
});

/** DescribeInstances' `Instance`. */
export function showInstance(instance: LaunchedInstance, entities: Entities): object {
  const { state, stateReason, zone, region } = instance;
  return {
    InstanceId: instance.instanceId,
    ImageId: instance.imageId,
    State: stateOf(state),
    ...(stateReason && { StateReason: { Code: stateReason.code, Message: stateReason.message } }),
    StateTransitionReason: instance.transitionReason,
    AmiLaunchIndex: instance.launchIndex,
    InstanceType: instance.type,
    LaunchTime: instance.launchedAt,
    Placement: {
      AvailabilityZone: zone,
      AvailabilityZoneId: zonesOf(region).find(({ name }) => name === zone)?.id,
      GroupName: "",
      Tenancy: "default",
    },
    Monitoring: { State: instance.monitored ? "enabled" : "disabled" },
    ...(!isGone(instance) && {
      SubnetId: instance.subnetId,
      VpcId: networkOf(instance).vpcId,
      PrivateIpAddress: instance.address,
    }),
    PrivateDnsName: hostOf(instance),
    PublicDnsName: "",
    SecurityGroups: groupsOf(instance),
    ...(instance.keyName !== undefined && { KeyName: instance.keyName }),
    ...(instance.clientToken !== undefined && { ClientToken: instance.clientToken }),
    Architecture: instance.architecture,
    VirtualizationType: instance.virtualization,
    Hypervisor: "xen",
    RootDeviceName: instance.rootDevice,
    RootDeviceType: "ebs",
    BlockDeviceMappings: volumesOf(instance, entities).map(({ volume, attachment }) =>
      shownDevice(volume.content, attachment),
    ),
    // Nothing runs on a network here: there are no interfaces to tell of.
    NetworkInterfaces: [],
    EbsOptimized: instance.ebsOptimized,
    EnaSupport: true,
    SourceDestCheck: instance.sourceDestCheck,
    ...(instance.bootMode !== undefined && { BootMode: instance.bootMode }),
    CpuOptions: cpuOf(instance),
    MetadataOptions: { State: "applied", ...instance.metadata },
    HibernationOptions: { Configured: false },
    EnclaveOptions: { Enabled: false },
    CapacityReservationSpecification: { CapacityReservationPreference: "open" },
    MaintenanceOptions: { AutoRecovery: "disabled" },
    PlatformDetails: "Linux/UNIX",
    UsageOperation: "RunInstances",
    UsageOperationUpdateTime: instance.launchedAt,
    Tags: instance.tags,
  };
}

/** What DescribeInstances can be narrowed by, apart from tags. */
export function instanceFields(entities: Entities): FilterFields<LaunchedInstance> {
  const ofDevices = (read: (volume: Volume, attachment: Attachment) => string) => (instance: LaunchedInstance) =>
    volumesOf(instance, entities).map(({ volume, attachment }) => read(volume.content, attachment));
  const unlessGone = (read: (instance: LaunchedInstance) => string) => (instance: LaunchedInstance) =>
    isGone(instance) ? undefined : read(instance);
  return {
    architecture: ({ architecture }) => architecture,
    "availability-zone": ({ zone }) => zone,
    "block-device-mapping.attach-time": ofDevices((_volume, { attachedAt }) => new Date(attachedAt).toISOString()),
    "block-device-mapping.delete-on-termination": ofDevices((_volume, one) => String(one.deleteOnTermination)),
    "block-device-mapping.device-name": ofDevices((_volume, { device }) => device),
    "block-device-mapping.status": ofDevices((_volume, { state }) => state),
    "block-device-mapping.volume-id": ofDevices(({ volumeId }) => volumeId),
    "client-token": ({ clientToken }) => clientToken,
    "dns-name": () => "",
    "group-id": unlessGone((instance) => networkOf(instance).groupId),
    "group-name": unlessGone(() => "default"),
    hypervisor: () => "xen",
    "image-id": ({ imageId }) => imageId,
    "instance-id": ({ instanceId }) => instanceId,
    "instance-lifecycle": () => undefined,
    "instance-state-code": ({ state }) => String(stateCodes[state]),
    "instance-state-name": ({ state }) => state,
    "instance-type": ({ type }) => type,
    "instance.group-id": unlessGone((instance) => networkOf(instance).groupId),
    "instance.group-name": unlessGone(() => "default"),
    "ip-address": () => undefined,
    "key-name": ({ keyName }) => keyName,
    "launch-index": ({ launchIndex }) => String(launchIndex),
    "launch-time": ({ launchedAt }) => new Date(launchedAt).toISOString(),
    "monitoring-state": ({ monitored }) => (monitored ? "enabled" : "disabled"),
    "owner-id": ({ account }) => account,
    platform: () => undefined,
    "private-dns-name": hostOf,
    "private-ip-address": unlessGone(({ address }) => address),
    reason: ({ transitionReason }) => transitionReason,
    "reservation-id": ({ reservationId }) => reservationId,
    "root-device-name": ({ rootDevice }) => rootDevice,
    "root-device-type": () => "ebs",
    "state-reason-code": ({ stateReason }) => stateReason?.code,
    "state-reason-message": ({ stateReason }) => stateReason?.message,
    "subnet-id": unlessGone(({ subnetId }) => subnetId),
    tenancy: () => "default",
    "virtualization-type": ({ virtualization }) => virtualization,
    "vpc-id": unlessGone((instance) => networkOf(instance).vpcId),
  };
}

/** Instances with what they were launched together. */
export function reservationsOf(instances: readonly LaunchedInstance[], entities: Entities): object[] {
  const byReservation = new Map<string, LaunchedInstance[]>();
  for (const instance of instances) {
    const together = byReservation.get(instance.reservationId);
    if (together) together.push(instance);
    else byReservation.set(instance.reservationId, [instance]);
  }
  return [...byReservation].map(([ReservationId, together]) => ({
    ReservationId,
    OwnerId: together[0]!.account,
    Groups: [],
    Instances: together.map((instance) => showInstance(instance, entities)),
  }));
}
