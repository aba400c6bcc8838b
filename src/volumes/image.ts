import type { Tag } from "../identity/entities.ts";

/** A block device as an image or a launch describes it. */
export interface ImageDevice {
  /** `/dev/xvda` */
  device: string;
  snapshotId?: string;
  sizeGiB?: number;
  type?: string;
  iops?: number;
  throughput?: number;
  encrypted?: boolean;
  keyId?: string;
  deleteOnTermination: boolean;
}

/** kind "image", id = `region/ami-…`, scope = `account/region`, parent = `account/region/name`: an account's names are
 * its own. */
export interface Image {
  account: string;
  region: string;
  imageId: string;
  name: string;
  description: string;
  architecture: "i386" | "x86_64" | "arm64" | "x86_64_mac" | "arm64_mac";
  virtualization: "hvm" | "paravirtual";
  rootDevice: string;
  devices: ImageDevice[];
  enaSupport: boolean;
  sriovNetSupport?: string;
  bootMode?: string;
  tpmSupport?: string;
  imdsSupport?: string;
  state: "pending" | "available" | "failed" | "disabled";
  stateReason?: { code: string; message: string };
  createdAt: number;
  tags: Tag[];
  /** Who may launch it besides its owner: account numbers, ARNs of organizations and their units, "all". */
  launchers: string[];
  /** What it was made from. */
  sourceInstanceId?: string;
  sourceImageId?: string;
  sourceImageRegion?: string;
  lastLaunchedAt?: number;
}

/** kind "image-share", id = `image's row id/who`, scope = `who/region`: what an image's launchers say, for lists. */
export interface ImageShare {
  imageId: string;
}

export const imageRowId = (region: string, imageId: string): string => `${region}/${imageId}`;
