import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { describeFixed, type FixedInput } from "../fixed-lists.ts";
import { type InstanceType, instanceTypes } from "../instance-types.ts";

interface Input extends FixedInput {
  readonly InstanceTypes?: string[];
}

type Listed = InstanceType & { readonly id: string; readonly tags: readonly [] };

const listed: readonly Listed[] = [...instanceTypes.values()]
  .map((type) => ({ ...type, id: type.name, tags: [] as const }))
  .toSorted((a, b) => (a.id < b.id ? -1 : 1));

const architecturesOf = ({ architecture }: InstanceType): string[] => [architecture];

export const describeInstanceTypes: Operation<Input> = describeFixed<Input, Listed>({
  name: "DescribeInstanceTypes",
  member: "InstanceTypes",
  set: "instanceTypeSet",
  asked: ({ InstanceTypes }) => InstanceTypes,
  missing: (names) =>
    refuse("InvalidInstanceType", `The following supplied instance types do not exist: [${names.join(", ")}]`),
  things: () => listed,
  fields: {
    "instance-type": ({ name }) => name,
    "bare-metal": () => "false",
    "burstable-performance-supported": ({ burstable }) => String(burstable),
    "current-generation": ({ previous }) => String(previous !== true),
    "ebs-info.encryption-support": () => "supported",
    "ebs-info.nvme-support": ({ hypervisor }) => (hypervisor === "nitro" ? "required" : "unsupported"),
    hypervisor: ({ hypervisor }) => hypervisor,
    "instance-storage-supported": () => "false",
    "memory-info.size-in-mib": ({ memoryMiB }) => String(memoryMiB),
    "processor-info.supported-architecture": architecturesOf,
    "supported-root-device-type": () => "ebs",
    "supported-usage-class": () => "on-demand",
    "supported-virtualization-type": () => "hvm",
    "vcpu-info.default-vcpus": ({ vcpus }) => String(vcpus),
  },
  shown: (type) => ({
    InstanceType: type.name,
    CurrentGeneration: type.previous !== true,
    FreeTierEligible: false,
    SupportedUsageClasses: ["on-demand"],
    SupportedRootDeviceTypes: ["ebs"],
    SupportedVirtualizationTypes: ["hvm"],
    SupportedBootModes: type.architecture === "arm64" ? ["uefi"] : ["legacy-bios", "uefi"],
    BareMetal: false,
    Hypervisor: type.hypervisor,
    ProcessorInfo: {
      SupportedArchitectures: architecturesOf(type),
      SustainedClockSpeedInGhz: type.clockGHz,
      Manufacturer: type.manufacturer,
    },
    VCpuInfo: {
      DefaultVCpus: type.vcpus,
      DefaultCores: type.vcpus / type.threadsPerCore,
      DefaultThreadsPerCore: type.threadsPerCore,
    },
    MemoryInfo: { SizeInMiB: type.memoryMiB },
    InstanceStorageSupported: false,
    EbsInfo: {
      EbsOptimizedSupport: type.hypervisor === "nitro" ? "default" : "unsupported",
      EncryptionSupport: "supported",
      NvmeSupport: type.hypervisor === "nitro" ? "required" : "unsupported",
    },
    NetworkInfo: {
      NetworkPerformance: type.network,
      MaximumNetworkInterfaces: type.interfaces,
      Ipv4AddressesPerInterface: type.addressesPerInterface,
      EnaSupport: type.hypervisor === "nitro" ? "required" : "unsupported",
      EfaSupported: false,
    },
    BurstablePerformanceSupported: type.burstable,
    HibernationSupported: false,
    DedicatedHostsSupported: false,
    AutoRecoverySupported: false,
  }),
});
