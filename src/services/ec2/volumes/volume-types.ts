import { refuse } from "../../../errors.ts";
import { invalidCombination, invalidValue, missingParameter } from "../refuse-ec2.ts";

interface Range {
  readonly least: number;
  readonly most: number;
}

interface VolumeType {
  /** GiB */
  readonly size: Range;
  /** Provisioned; `each` is the most per GiB. Without a usual value it must be said. */
  readonly iops?: Range & { readonly each: number; readonly usual?: number };
  /** Provisioned, MiB/s. */
  readonly throughput?: Range & { readonly usual: number };
  readonly multiAttach?: true;
}

/** What each type of volume takes (EC2 API reference, CreateVolume and ModifyVolume). */
const volumeTypes: Readonly<Record<string, VolumeType>> = {
  gp2: { size: { least: 1, most: 16_384 } },
  gp3: {
    size: { least: 1, most: 65_536 },
    iops: { least: 3000, most: 80_000, each: 500, usual: 3000 },
    throughput: { least: 125, most: 2000, usual: 125 },
  },
  io1: { size: { least: 4, most: 16_384 }, iops: { least: 100, most: 64_000, each: 50 }, multiAttach: true },
  io2: { size: { least: 4, most: 65_536 }, iops: { least: 100, most: 256_000, each: 1000 }, multiAttach: true },
  st1: { size: { least: 125, most: 16_384 } },
  sc1: { size: { least: 125, most: 16_384 } },
  standard: { size: { least: 1, most: 1024 } },
};

/** MiB/s for each of the provisioned operations a second. */
const throughputEach = 0.25;

export interface VolumeShape {
  readonly type: string;
  readonly sizeGiB: number;
  readonly iops?: number | undefined;
  readonly throughput?: number | undefined;
  readonly multiAttach?: boolean | undefined;
}

/**
 * The shape with what its type has by itself. Throws UnknownVolumeType, InvalidParameterValue for what is out of
 * bounds, InvalidParameterCombination for what the type does not have, MissingParameter.
 */
export function checkedShape(shape: VolumeShape): VolumeShape {
  const { type, sizeGiB, iops, throughput, multiAttach } = shape;
  const known = Object.hasOwn(volumeTypes, type) ? volumeTypes[type] : undefined;
  if (!known) return refuse("UnknownVolumeType", `Unsupported volume type '${type.slice(0, 64)}' for volume creation.`);
  checkSize(type, sizeGiB, known.size);
  if (iops !== undefined && !known.iops) notOf(type, "iops");
  if (throughput !== undefined && !known.throughput) notOf(type, "throughput");
  if (multiAttach && !known.multiAttach) notOf(type, "multiAttachEnabled");
  const provisioned = known.iops && (iops ?? known.iops.usual ?? missingParameter("iops"));
  if (known.iops && provisioned !== undefined) checkIops(provisioned, sizeGiB, known.iops);
  const speed = known.throughput && (throughput ?? known.throughput.usual);
  if (known.throughput && speed !== undefined) checkThroughput(speed, provisioned ?? 0, known.throughput);
  return { type, sizeGiB, multiAttach, iops: provisioned ?? baseline(type, sizeGiB), throughput: speed };
}

const notOf = (type: string, parameter: string): never =>
  invalidCombination(`The parameter ${parameter} is not supported for ${type} volumes.`);

function checkSize(type: string, sizeGiB: number, { least, most }: Range): void {
  if (sizeGiB < least) invalidValue(`Volume of ${sizeGiB}GiB is too small; minimum is ${least}GiB.`);
  if (sizeGiB > most)
    invalidValue(`Volume of ${sizeGiB}GiB is too large for volume type ${type}; maximum is ${most}GiB.`);
}

function checkIops(iops: number, sizeGiB: number, { least, most, each, usual }: NonNullable<VolumeType["iops"]>): void {
  if (iops < least) invalidValue(`Volume iops of ${iops} is too low; minimum is ${least}.`);
  if (iops > most) invalidValue(`Volume iops of ${iops} is too high; maximum is ${most}.`);
  const ratio = iops / sizeGiB;
  // What a type has by itself a small volume has too.
  if (ratio > each && iops !== usual)
    invalidCombination(
      `Iops to volume size ratio of ${ratio.toFixed(6)} is too high; maximum is ${each.toFixed(6)} iops per GiB.`,
    );
}

function checkThroughput(throughput: number, iops: number, { least, most }: Range): void {
  if (throughput < least) invalidValue(`Volume throughput of ${throughput} is too low; minimum is ${least}.`);
  if (throughput > most) invalidValue(`Volume throughput of ${throughput} is too high; maximum is ${most}.`);
  const ratio = throughput / iops;
  if (ratio > throughputEach)
    invalidCombination(
      `Throughput (MiBps) to iops ratio of ${ratio.toFixed(6)} is too high; maximum is 0.250000 MiBps per iops.`,
    );
}

/** What a gp2 volume is told to have: three a GiB, within bounds. */
const baseline = (type: string, sizeGiB: number): number | undefined =>
  type === "gp2" ? Math.min(16_000, Math.max(100, sizeGiB * 3)) : undefined;

/** Whether the type takes the parameter at all. */
export const takes = (type: string, parameter: "iops" | "throughput"): boolean =>
  volumeTypes[type]?.[parameter] !== undefined;
