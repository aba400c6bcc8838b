/** Instance types that can be launched: a few of each kind that people name in examples. Sizes as AWS publishes them. */
export interface InstanceType {
  readonly name: string;
  readonly architecture: "x86_64" | "arm64";
  readonly vcpus: number;
  readonly threadsPerCore: number;
  readonly memoryMiB: number;
  readonly network: string;
  readonly interfaces: number;
  readonly addressesPerInterface: number;
  readonly burstable: boolean;
  readonly hypervisor: "nitro" | "xen";
  readonly manufacturer: string;
  readonly clockGHz: number;
  /** Of a generation that AWS no longer offers first. */
  readonly previous?: true;
}

type Size = readonly [
  size: string,
  vcpus: number,
  memoryMiB: number,
  network: string,
  interfaces: number,
  addresses: number,
];

const burst: readonly Size[] = [
  ["nano", 2, 512, "Up to 5 Gigabit", 2, 2],
  ["micro", 2, 1024, "Up to 5 Gigabit", 2, 2],
  ["small", 2, 2048, "Up to 5 Gigabit", 3, 4],
  ["medium", 2, 4096, "Up to 5 Gigabit", 3, 6],
  ["large", 2, 8192, "Up to 5 Gigabit", 3, 12],
  ["xlarge", 4, 16_384, "Up to 5 Gigabit", 4, 15],
];

const general = (network: string): readonly Size[] => [
  ["large", 2, 8192, network, 3, 10],
  ["xlarge", 4, 16_384, network, 4, 15],
  ["2xlarge", 8, 32_768, network, 4, 15],
];

const compute = (network: string): readonly Size[] => [
  ["large", 2, 4096, network, 3, 10],
  ["xlarge", 4, 8192, network, 4, 15],
];

const memory = (network: string): readonly Size[] => [
  ["large", 2, 16_384, network, 3, 10],
  ["xlarge", 4, 32_768, network, 4, 15],
];

type Family = Pick<
  InstanceType,
  "architecture" | "threadsPerCore" | "burstable" | "hypervisor" | "manufacturer" | "clockGHz" | "previous"
> & { readonly sizes: readonly Size[] };

const intel = {
  architecture: "x86_64",
  threadsPerCore: 2,
  burstable: false,
  hypervisor: "nitro",
  manufacturer: "Intel",
} as const;
const amd = { ...intel, manufacturer: "AMD" } as const;
const graviton = { ...intel, architecture: "arm64", threadsPerCore: 1, manufacturer: "AWS" } as const;

const families: Readonly<Record<string, Family>> = {
  c5: { ...intel, clockGHz: 3.4, sizes: compute("Up to 10 Gigabit") },
  c6g: { ...graviton, clockGHz: 2.5, sizes: compute("Up to 10 Gigabit") },
  c6i: { ...intel, clockGHz: 3.5, sizes: compute("Up to 12.5 Gigabit") },
  m1: {
    ...intel,
    threadsPerCore: 1,
    hypervisor: "xen",
    clockGHz: 2,
    previous: true,
    sizes: [["small", 1, 1740, "Low", 2, 4]],
  },
  m5: { ...intel, clockGHz: 3.1, sizes: general("Up to 10 Gigabit") },
  m6g: { ...graviton, clockGHz: 2.5, sizes: general("Up to 10 Gigabit") },
  m6i: { ...intel, clockGHz: 3.5, sizes: general("Up to 12.5 Gigabit") },
  r5: { ...intel, clockGHz: 3.1, sizes: memory("Up to 10 Gigabit") },
  r6i: { ...intel, clockGHz: 3.5, sizes: memory("Up to 12.5 Gigabit") },
  t2: {
    ...intel,
    threadsPerCore: 1,
    burstable: true,
    hypervisor: "xen",
    clockGHz: 2.5,
    sizes: [
      ["nano", 1, 512, "Low to Moderate", 2, 2],
      ["micro", 1, 1024, "Low to Moderate", 2, 2],
      ["small", 1, 2048, "Low to Moderate", 3, 4],
      ["medium", 2, 4096, "Low to Moderate", 3, 6],
    ],
  },
  t3: { ...intel, burstable: true, clockGHz: 2.5, sizes: burst },
  t3a: { ...amd, burstable: true, clockGHz: 2.2, sizes: burst },
  t4g: { ...graviton, burstable: true, clockGHz: 2.5, sizes: burst },
};

export const instanceTypes: ReadonlyMap<string, InstanceType> = new Map(
  Object.entries(families).flatMap(([family, { sizes, ...like }]) =>
    sizes.map(([size, vcpus, memoryMiB, network, interfaces, addressesPerInterface]) => {
      const name = `${family}.${size}`;
      return [name, { name, vcpus, memoryMiB, network, interfaces, addressesPerInterface, ...like }] as const;
    }),
  ),
);

/** What RunInstances launches when no type is named. */
export const defaultInstanceType = "m1.small";
