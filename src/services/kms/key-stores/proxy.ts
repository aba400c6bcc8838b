import type { Clocks } from "../../../clocks.ts";
import type { Call } from "../../../operation.ts";
import type { Outbound } from "../../../outbound/gate.ts";
import type { Clusters } from "../../../pkcs11/clusters.ts";
import type { Decision } from "../../../policy/decision.ts";
import type { Seal } from "../../../seal/seal.ts";
import type { Entity } from "../../../store/entities.ts";
import { XksClient } from "../../../xks/client.ts";
import type { RequestMetadata } from "../../../xks/protocol.ts";
import { proxyError, type Doing } from "./proxy-errors.ts";
import type { KeyStore, ProxySettings } from "./entities.ts";

/** What a store is reached with; a Call has it, and so has a job. */
export interface Reach {
  readonly seal: Seal;
  readonly outbound: Outbound;
  readonly clusters: Clusters;
  readonly clocks: Clocks;
}

/** The client of a store's proxy. Its credential is opened for this decision and lives as long as the client. */
export function storeProxy(store: Entity<KeyStore>, decision: Decision, reach: Reach): XksClient {
  const { proxy, region } = store.content;
  const { secret, kind, id } = store.row;
  if (!proxy || !secret) throw new Error(`the key store ${id} has no proxy`);
  const opened = reach.seal.open(decision, { kind, id }, secret);
  const client = proxyClient(proxy, region, opened.toString("latin1"), reach);
  opened.fill(0);
  return client;
}

export function proxyClient(
  { endpoint, path, accessKeyId }: ProxySettings,
  region: string,
  secretAccessKey: string,
  { outbound, clocks }: Pick<Reach, "outbound" | "clocks">,
): XksClient {
  return new XksClient(outbound, { endpoint, path, region, credentials: { accessKeyId, secretAccessKey } }, () =>
    clocks.wall(),
  );
}

/** What the proxy is told of a call, for its own authorization and log. */
export function requestMetadata(kmsOperation: string, call: Call, kmsKeyArn?: string): RequestMetadata {
  const { arn, viaService } = call.caller.facts;
  return {
    awsPrincipalArn: arn,
    kmsOperation,
    kmsRequestId: call.requestId,
    ...(kmsKeyArn !== undefined && { kmsKeyArn }),
    ...(viaService !== undefined && { kmsViaService: viaService.replace(/\..*$/, "") }),
  };
}

/** Its failures become AWS's exceptions. */
export async function asking<T>(doing: Doing, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw proxyError(error, doing);
  }
}
