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
  /** 64 hex. KeyMetadata shows it for SYMMETRIC_DEFAULT alone. */
  currentMaterialId?: string;
  /** Of a key whose material is a private key: base64 of DER SubjectPublicKeyInfo. It stays when the material goes. */
  publicKey?: string;
  policy: SavedPolicy;
  tags: Tag[];
  multiRegion: boolean;
}

/**
 * kind "material", id = `region/keyId/materialId`, scope = `account/region`, parent = the key's row id.
 * The row's secret is the wrapped material.
 */
export interface Material {
  materialId: string;
  createdAt: number;
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
