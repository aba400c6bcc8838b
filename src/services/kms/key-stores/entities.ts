/** AWS's ConnectionErrorCode, as far as something here can lead to it. */
export type ConnectionError =
  | "INVALID_CREDENTIALS"
  | "CLUSTER_NOT_FOUND"
  | "NETWORK_ERRORS"
  | "INTERNAL_ERROR"
  | "USER_LOCKED_OUT"
  | "USER_NOT_FOUND"
  | "XKS_PROXY_ACCESS_DENIED"
  | "XKS_PROXY_NOT_REACHABLE"
  | "XKS_PROXY_INVALID_RESPONSE"
  | "XKS_PROXY_INVALID_CONFIGURATION"
  | "XKS_PROXY_TIMED_OUT"
  | "XKS_PROXY_INVALID_TLS_CONFIGURATION"
  | "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND";

/** Where an external key store's proxy is. */
export interface ProxySettings {
  connectivity: "PUBLIC_ENDPOINT" | "VPC_ENDPOINT_SERVICE";
  /** `https://host` */
  endpoint: string;
  /** `/prefix/kms/xks/v1` */
  path: string;
  /** The other half of the credential is the row's secret. */
  accessKeyId: string;
  vpcService?: string;
  vpcServiceOwner?: string;
}

/** A cluster is a PKCS#11 token of the operator's configuration. */
export interface ClusterSettings {
  clusterId: string;
  /** PEM, as it was given. */
  trustAnchor: string;
}

/**
 * kind "key-store", id = `account/region/cks-…`, scope = `account/region`. due: the domain time at which a job connects
 * it. The row's secret is the proxy credential's secret key, or the password of the cluster's `kmsuser`.
 * A key's row hangs on its store's (parent).
 */
export interface KeyStore {
  id: string;
  account: string;
  region: string;
  name: string;
  createdAt: number;
  state: "CONNECTED" | "CONNECTING" | "FAILED" | "DISCONNECTED";
  /** Why the last attempt failed. */
  failure?: ConnectionError;
  proxy?: ProxySettings;
  cluster?: ClusterSettings;
}

/** kind "xks-key", id = `store row id/xksKeyId`, scope = `account/region`, parent = the KMS key's row id: used once. */
export interface ExternalKey {
  keyId: string;
}

/** kind "hsm-cluster", id = the cluster's id, scope = "": a cluster serves one store. */
export interface TakenCluster {
  storeRowId: string;
}

export const storeRowId = (account: string, region: string, id: string): string => `${account}/${region}/${id}`;
export const externalKeyRowId = (storeRow: string, xksKeyId: string): string => `${storeRow}/${xksKeyId}`;
