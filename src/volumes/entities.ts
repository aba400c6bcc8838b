import type { Tag } from "../identity/entities.ts";
import type { DiskPlan } from "../disks/disk.ts";

/**
 * Volumes and snapshots, as EC2 and EBS direct both know them. Each is a disk (disks/) and the wrapped key that opens
 * it: the data key as KMS gave it, or, where AWS calls them unencrypted, one that is wrapped under the root key.
 */

/** How the 64-byte data key of a disk is kept. */
export interface DataKey {
  /** `dek-…`: the same for everything that shares the key (DataEncryptionKeyId). */
  lineage: string;
  /** Present when it is KMS's: the key's ARN, the ciphertext (base64), and the aws:ebs:id in its context. */
  kms?: { keyArn: string; blob: string; contextId: string };
}

/** A layer of a disk below its top, with what was said of its tags when it was frozen; "" before that. */
export interface FrozenLayer {
  id: string;
  root: string;
}

interface Placed {
  account: string;
  region: string;
  sizeGiB: number;
  encrypted: boolean;
  key: DataKey;
  below: FrozenLayer[];
  createdAt: number;
  tags: Tag[];
  /** Hash of the request that made it, by which a ClientToken is known again. */
  request?: { token: string; hash: string };
}

/** kind "volume", id = `region/vol-…`, scope = `account/region`. The row's secret: an internal data key, wrapped; else see tag-key.ts. */
export interface Volume extends Placed {
  volumeId: string;
  zone: string;
  type: string;
  iops?: number;
  throughput?: number;
  /** The layer that is written. Absent while the volume is being filled. */
  top?: string;
  state: "creating" | "available" | "in-use" | "deleting" | "error";
  snapshotId?: string;
  /** One, or with Multi-Attach up to sixteen. */
  attachments: Attachment[];
  multiAttach?: true;
  /** DescribeVolumeAttribute's autoEnableIO. */
  autoEnableIo?: boolean;
  /** When its latest snapshots were asked for. */
  snapshotsAt?: number[];
  /** The service's grant on the KMS key, retired when the volume is deleted. */
  grantId?: string;
}

export interface Attachment {
  instanceId: string;
  device: string;
  state: "attaching" | "attached" | "detaching";
  attachedAt: number;
  deleteOnTermination: boolean;
  /** The infrastructure's grant on the KMS key, retired at the detachment and when the instance stops. */
  grantId?: string;
  /** Why it is not served although it should be. */
  unserved?: string;
}

/**
 * kind "volume-attachment", id = `instance's row id/vol-…`, scope = "", parent = the instance's row id: what an instance
 * has, and what is to be served again after a restart.
 */
export interface VolumeAttachment {
  /** Row id of the volume. */
  volume: string;
  instanceId: string;
  device: string;
}

/** kind "instance", id = `region/i-…`, scope = `account/region`: what volumes are attached to. */
export interface Instance {
  instanceId: string;
  account: string;
  region: string;
  zone: string;
  rootDevice?: string;
  state: "pending" | "running" | "shutting-down" | "terminated" | "stopping" | "stopped";
  tags: Tag[];
}

/** kind "snapshot", id = `region/snap-…`, scope = `account/region`, parent = `region/vol-…` of its volume. */
export interface Snapshot extends Placed {
  snapshotId: string;
  volumeId: string;
  description: string;
  state: "pending" | "completed" | "error";
  stateMessage?: string;
  /** 0 to 100. */
  progress: number;
  completedAt?: number;
  /** What of its disk was ever written, in whole blocks. */
  fullBytes?: number;
  /** A copy that is to be done within so many minutes. */
  durationMinutes?: number;
  /** EBS direct: the layer that takes blocks while the snapshot is pending, and until when. */
  direct?: { top: string; timeoutMinutes: number; changedAt: number };
  parentId?: string;
  /** Account ids that may use it; "all" for everybody. */
  sharedWith: string[];
  /** A copy; it reads as one while it is under way (flows.md, section 1.1). */
  copied?: true;
  /** The KMS key that a copy is to be under, before it has a data key. */
  keyArn?: string;
}

/** kind "layer-use", id = `layer/owner's row id`, parent = the layer: who needs a layer. */
export interface LayerUse {
  owner: string;
}

/** kind "ebs-settings", id = `account/region`: what an account chose for a Region. */
export interface EbsSettings {
  encryptByDefault: boolean;
  defaultKeyId?: string;
  /** Public sharing of snapshots. */
  publicAccess: "unblocked" | "block-new-sharing" | "block-all-sharing";
  /** Public sharing of images; absent: unblocked. */
  imagePublicAccess?: "unblocked" | "block-new-sharing";
}

export const volumeRowId = (region: string, volumeId: string): string => `${region}/${volumeId}`;
export const instanceRowId = (region: string, instanceId: string): string => `${region}/${instanceId}`;
export const snapshotRowId = (region: string, snapshotId: string): string => `${region}/${snapshotId}`;
export const regionScope = ({ account, region }: { account: string; region: string }): string => `${account}/${region}`;

export const bytesOf = (sizeGiB: number): number => sizeGiB * 1024 ** 3;

/** The disk of a snapshot as it stands, or of a volume with its open top. */
export function planOf(disk: Pick<Volume, "sizeGiB" | "below" | "top">): DiskPlan {
  return { bytes: bytesOf(disk.sizeGiB), below: disk.below, top: disk.top };
}
