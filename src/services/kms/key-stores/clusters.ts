import { AwsError, refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import type { Cluster, Clusters, TokenReason } from "../../../pkcs11/clusters.ts";
import type { Decision } from "../../../policy/decision.ts";
import type { Seal } from "../../../seal/seal.ts";
import type { Change, Entity } from "../../../store/entities.ts";
import { reference } from "../../../store/store.ts";
import type { ClusterSettings, ConnectionError, KeyStore, TakenCluster } from "./entities.ts";
import { readTrustAnchor } from "./settings.ts";

interface Claimed {
  readonly cluster: ClusterSettings;
  readonly changes: readonly Change[];
}

/**
 * The cluster for one store, which no other store of any account has. Throws CloudHsmClusterNotFoundException,
 * CloudHsmClusterInUseException, IncorrectTrustAnchorException.
 */
export function claimCluster(clusterId: string, trustAnchor: string, storeRowId: string, call: Call): Claimed {
  const cluster = configuredCluster(clusterId, call);
  const certificate = readTrustAnchor(trustAnchor);
  const given = certificate.fingerprint256.replaceAll(":", "").toLowerCase();
  if (cluster.trustAnchor !== undefined && cluster.trustAnchor !== given)
    refuse("IncorrectTrustAnchorException", "The trust anchor certificate is not the one of the CloudHSM cluster.");
  return { cluster: { clusterId, trustAnchor }, changes: [takeCluster(clusterId, storeRowId, call)] };
}

/** The store moves to another id of the same token; one with other keys on it is not related to it. */
export function moveCluster(before: ClusterSettings, clusterId: string, storeRowId: string, call: Call): Claimed {
  if (clusterId === before.clusterId) return { cluster: before, changes: [] };
  const cluster = configuredCluster(clusterId, call);
  if (cluster.place !== call.clusters.find(before.clusterId)?.place)
    refuse(
      "CloudHsmClusterNotRelatedException",
      `The CloudHSM cluster ${clusterId} does not share a backup history with the cluster ${before.clusterId}.`,
    );
  const taken = takeCluster(clusterId, storeRowId, call);
  return { cluster: { ...before, clusterId }, changes: [...releaseCluster({ cluster: before }, call), taken] };
}

export function releaseCluster({ cluster }: Pick<KeyStore, "cluster">, call: Call): Change[] {
  const taken = cluster && readTaken(cluster.clusterId, call);
  return taken ? [call.entities.delete(taken)] : [];
}

function configuredCluster(clusterId: string, call: Call): Cluster {
  const unknown = `The CloudHSM cluster ${clusterId} does not exist.`;
  return call.clusters.find(clusterId) ?? refuse("CloudHsmClusterNotFoundException", unknown);
}

function takeCluster(clusterId: string, storeRowId: string, call: Call): Change {
  if (readTaken(clusterId, call))
    refuse("CloudHsmClusterInUseException", `The CloudHSM cluster ${clusterId} is already in use.`);
  return call.entities.create<TakenCluster>("hsm-cluster", clusterId, { storeRowId }, { scope: "" });
}

function readTaken(clusterId: string, call: Call): Entity<TakenCluster> | undefined {
  call.used.push(reference.row("hsm-cluster", clusterId));
  return call.entities.get<TakenCluster>("hsm-cluster", clusterId);
}

const loginErrors: Readonly<Record<string, ConnectionError>> = {
  "incorrect pin": "INVALID_CREDENTIALS",
  "locked pin": "USER_LOCKED_OUT",
  "no user": "USER_NOT_FOUND",
  "no token": "CLUSTER_NOT_FOUND",
  "timed out": "NETWORK_ERRORS",
};

/** Logs in on the token as its user; the reason when it does not work. */
export async function loginCluster(
  store: Entity<KeyStore>,
  decision: Decision,
  { seal, clusters }: { readonly seal: Seal; readonly clusters: Clusters },
): Promise<ConnectionError | undefined> {
  const cluster = clusters.find(store.content.cluster?.clusterId ?? "");
  if (!cluster) return "CLUSTER_NOT_FOUND";
  try {
    await cluster.connect(pinOf(store, decision, seal));
    return undefined;
  } catch (error) {
    return loginErrors[(error as { reason?: string }).reason ?? ""] ?? "INTERNAL_ERROR";
  }
}

const pinOf = ({ content, row }: Entity<KeyStore>, decision: Decision, seal: Seal): string => {
  if (!row.secret) throw new Error(`the key store ${content.id} has no password`);
  return seal.open(decision, { kind: row.kind, id: row.id }, row.secret).toString("utf8");
};

/** Throws KMSInvalidStateException, DependencyTimeoutException, KeyUnavailableException or KMSInternalException. */
export async function usingCluster<T>(
  { arn, store }: { readonly arn: string; readonly store: Entity<KeyStore> },
  decision: Decision,
  call: Call,
  use: (cluster: Cluster, pin: string) => Promise<T>,
): Promise<T> {
  const cluster = call.clusters.find(store.content.cluster?.clusterId ?? "");
  if (!cluster) return refuse("KMSInvalidStateException", `${arn} is unavailable.`);
  try {
    return await use(cluster, pinOf(store, decision, call.seal));
  } catch (error) {
    throw tokenError(error, arn);
  }
}

function tokenError(error: unknown, arn: string): unknown {
  const { reason } = error as { reason?: TokenReason };
  if (reason === undefined) return error;
  if (reason === "no key")
    return new AwsError(
      "KMSInvalidStateException",
      `${arn} cannot be used: its key material is not in the CloudHSM cluster.`,
    );
  if (reason === "timed out")
    return new AwsError(
      "DependencyTimeoutException",
      "The system timed out while trying to fulfill the request. You can retry the request.",
      503,
    );
  if (reason === "busy")
    return new AwsError(
      "ThrottlingException",
      "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
    );
  return new AwsError(
    "KeyUnavailableException",
    "The request was rejected because the specified KMS key was not available. You can retry the request.",
    500,
  );
}

/** Whether the key is gone from the token now. */
export async function destroyOnToken(
  backingKeyId: string,
  store: Entity<KeyStore>,
  decision: Decision,
  { seal, clusters }: { readonly seal: Seal; readonly clusters: Clusters },
): Promise<boolean> {
  const cluster = store.content.state === "CONNECTED" && clusters.find(store.content.cluster?.clusterId ?? "");
  if (!cluster) return false;
  try {
    await cluster.destroyKey(pinOf(store, decision, seal), backingKeyId);
    return true;
  } catch {
    return false;
  }
}
