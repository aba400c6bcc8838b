import type { SavedPolicy, Tag } from "../../identity/entities.ts";

/**
 * kind "key", id = `region/keyId`, scope = `account/region`, parent = "". due = the next domain time at which a job
 * must act (deletion, rotation, expiry).
 */
export interface Key {
  account: string;
  region: string;
  /** UUID, or `mrk-` and 32 hex. */
  keyId: string;
  description: string;
  spec: string;
  usage: string;
  origin: string;
  manager: "AWS" | "CUSTOMER";
  state:
    | "Enabled"
    | "Disabled"
    | "PendingDeletion"
    | "PendingImport"
    | "Unavailable"
    | "Creating"
    | "Updating"
    | "PendingReplicaDeletion";
  createdAt: number;
  deletionAt?: number;
  /** Origin EXTERNAL_KEY_STORE or AWS_CLOUDHSM: the store that holds the material. */
  customKeyStoreId?: string;
  /** The name of the external key, for the store's proxy. */
  xksKeyId?: string;
  /** The name of the key on the token, 32 hex. */
  backingKeyId?: string;
  /** 64 hex. KeyMetadata shows it for SYMMETRIC_DEFAULT alone. */
  currentMaterialId?: string;
  /** Of a key whose material is a private key: base64 of DER SubjectPublicKeyInfo. It stays when the material goes. */
  publicKey?: string;
  policy: SavedPolicy;
  tags: Tag[];
  multiRegion: boolean;
  /** Automatic rotation; absent while it is off. */
  rotation?: Rotation;
  /** Rotations so far, of any kind: the sequence number of the current material. */
  rotations?: number;
  onDemandRotations?: number;
  /** A key of imported material: every material that is bound to it is here. */
  imported?: boolean;
  /** Imported material that waits for its rotation. */
  pendingMaterialId?: string;
  /** The earliest expiry of the key's imported materials. */
  expiresAt?: number;
  /** Creating and Updating last until then, and end in `settlesTo`. */
  settlesAt?: number;
  settlesTo?: Key["state"];
  /** Regions of a multi-Region key, the same in every related key. */
  regions?: { primary: string; replicas: string[] };
  /** PendingReplicaDeletion: the waiting period that starts when the last replica is gone. */
  pendingWindowDays?: number;
}

export interface Rotation {
  periodDays: number;
  /** Domain time of the next automatic rotation. */
  nextAt: number;
  /** It was missed while the key was pending deletion: it runs at once, whatever the state. */
  overdue?: true;
}

/**
 * kind "material", id = `region/keyId/materialId`, scope = `account/region`, parent = the key's row id.
 * The row's secret is the wrapped material; null while imported material is expected.
 */
export interface Material {
  materialId: string;
  createdAt: number;
  /** 0 is the key's first material; each rotation counts one up. */
  sequence?: number;
  rotatedAt?: number;
  rotationType?: "AUTOMATIC" | "ON_DEMAND";
  /** Imported material alone: what its importer called it, and when it expires (absent: never). */
  description?: string;
  validTo?: number;
}

/** kind "alias", id = `account/region/alias/name`, scope = `account/region`, parent = the key's row id ("" while predefined). */
export interface Alias {
  name: string;
  targetKeyId: string;
  createdAt: number;
  updatedAt: number;
}

export const keyRowId = (region: string, keyId: string): string => `${region}/${keyId}`;
export const aliasRowId = (account: string, region: string, name: string): string => `${account}/${region}/${name}`;
export const materialRowId = (region: string, keyId: string, materialId: string): string =>
  `${region}/${keyId}/${materialId}`;
