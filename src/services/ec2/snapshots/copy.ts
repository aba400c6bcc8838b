import type { DataKey, FrozenLayer } from "../../../volumes/entities.ts";

/** A grant that was made for a copy, to be retired at its end. */
export interface CopyGrant {
  keyArn: string;
  region: string;
  /** Its aws:ebs:id. */
  contextId: string;
  grantId: string;
}

/** What is copied, as it was when the copy was asked for: it may be deleted meanwhile. */
export interface CopySource {
  snapshotId: string;
  account: string;
  region: string;
  sizeGiB: number;
  fullBytes?: number;
  encrypted: boolean;
  key: DataKey;
  below: FrozenLayer[];
}

/**
 * kind "snapshot-copy", id = the new snapshot's row id, scope = `account/region` of the copy: how far it is. It holds
 * its source's layers (layer-use owner `copy/…`). The row's secret: an unencrypted source's data key.
 */
export interface SnapshotCopy {
  source?: CopySource;
  /** Why it cannot be done, where that was known at once and is told later. */
  problem?: string;
  /** The KMS key of the copy; absent: an internal one. */
  keyArn?: string;
  /** The layer that takes the copy; absent where the source's own are shared. */
  layer?: string;
  /** Set when it has begun: what a run before a restart may have left is looked for. */
  begun?: true;
  /** The copy's data key, once KMS has made it. */
  key?: DataKey;
  grants: CopyGrant[];
}

export const copyOwner = (copyRow: string): string => `copy/${copyRow}`;

/** One account, one Region, one key: AWS keeps the data key, and here nothing is copied at all. */
export const sharesKey = ({ source, keyArn, layer }: SnapshotCopy): boolean =>
  layer === undefined && source !== undefined && source.key.kms?.keyArn === keyArn;
