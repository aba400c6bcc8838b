import { X509Certificate } from "node:crypto";
import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import type { Entity } from "../../../store/entities.ts";
import type { KeyStore, ProxySettings } from "./entities.ts";

/** What CreateCustomKeyStore and UpdateCustomKeyStore say of a store. */
export interface StoreInput {
  CloudHsmClusterId?: string;
  KeyStorePassword?: string;
  TrustAnchorCertificate?: string;
  XksProxyUriEndpoint?: string;
  XksProxyUriPath?: string;
  XksProxyConnectivity?: ProxySettings["connectivity"];
  XksProxyVpcEndpointServiceName?: string;
  XksProxyVpcEndpointServiceOwner?: string;
  XksProxyAuthenticationCredential?: { AccessKeyId: string; RawSecretAccessKey: string };
}

const clusterMembers = ["CloudHsmClusterId", "KeyStorePassword", "TrustAnchorCertificate"] as const;
const proxyMembers = [
  "XksProxyUriEndpoint",
  "XksProxyUriPath",
  "XksProxyConnectivity",
  "XksProxyAuthenticationCredential",
  "XksProxyVpcEndpointServiceName",
  "XksProxyVpcEndpointServiceOwner",
] as const;

const invalid = (message: string): never => refuse("ValidationException", message);

/** Members of the other type of store mean that the caller is mistaken about this one. */
export function refuseForeignMembers(input: StoreInput, type: "AWS_CLOUDHSM" | "EXTERNAL_KEY_STORE"): void {
  const foreign = type === "AWS_CLOUDHSM" ? proxyMembers : clusterMembers;
  for (const member of foreign)
    if (input[member] !== undefined)
      invalid(`${member} is not valid for a custom key store with CustomKeyStoreType ${type}.`);
}

/** The members that a new store of this type must have, all there. */
export function requireMembers(input: StoreInput, type: "AWS_CLOUDHSM" | "EXTERNAL_KEY_STORE"): void {
  const needed = type === "AWS_CLOUDHSM" ? clusterMembers : proxyMembers.slice(0, 4);
  for (const member of needed)
    if (input[member] === undefined)
      invalid(`${member} is required for a custom key store with CustomKeyStoreType ${type}.`);
}

/** The proxy as it was, with what the input says. */
export function proxySettings(input: StoreInput, before?: ProxySettings): ProxySettings {
  const connectivity = input.XksProxyConnectivity ?? before?.connectivity ?? "PUBLIC_ENDPOINT";
  const inVpc = connectivity === "VPC_ENDPOINT_SERVICE";
  const vpcService = input.XksProxyVpcEndpointServiceName ?? (inVpc ? before?.vpcService : undefined);
  const vpcServiceOwner = input.XksProxyVpcEndpointServiceOwner ?? (inVpc ? before?.vpcServiceOwner : undefined);
  if (inVpc && vpcService === undefined)
    invalid("XksProxyVpcEndpointServiceName is required when XksProxyConnectivity is VPC_ENDPOINT_SERVICE.");
  if (!inVpc && (vpcService !== undefined || vpcServiceOwner !== undefined))
    invalid("A VPC endpoint service is not valid when XksProxyConnectivity is PUBLIC_ENDPOINT.");
  return {
    connectivity,
    endpoint: (input.XksProxyUriEndpoint ?? before?.endpoint ?? "").toLowerCase(),
    path: input.XksProxyUriPath ?? before?.path ?? "",
    accessKeyId: input.XksProxyAuthenticationCredential?.AccessKeyId ?? before?.accessKeyId ?? "",
    ...(vpcService !== undefined && { vpcService }),
    ...(vpcServiceOwner !== undefined && { vpcServiceOwner }),
  };
}

/** What must be unique in an account and Region, among the stores other than `own`. */
export function checkUnique(
  stores: readonly Entity<KeyStore>[],
  { name, proxy }: Pick<KeyStore, "name" | "proxy">,
  own?: string,
): void {
  for (const { content: other } of stores) {
    if (other.id === own) continue;
    if (other.name === name)
      refuse("CustomKeyStoreNameInUseException", `The custom key store name '${name}' is already in use.`);
    if (proxy && other.proxy) checkProxyUnique(proxy, other.proxy);
  }
}

function checkProxyUnique(proxy: ProxySettings, other: ProxySettings): void {
  const sameEndpoint = other.endpoint === proxy.endpoint;
  if (sameEndpoint && other.path === proxy.path)
    refuse("XksProxyUriInUseException", "The external key store proxy URI is already in use by a custom key store.");
  const public_ = other.connectivity === "PUBLIC_ENDPOINT" && proxy.connectivity === "PUBLIC_ENDPOINT";
  if (sameEndpoint && !public_)
    refuse(
      "XksProxyUriEndpointInUseException",
      "The external key store proxy URI endpoint is already in use by a custom key store.",
    );
  if (proxy.vpcService !== undefined && other.vpcService === proxy.vpcService)
    refuse(
      "XksProxyVpcEndpointServiceInUseException",
      "The VPC endpoint service is already in use by a custom key store.",
    );
}

/**
 * Differs: there is no VPC here. The operator's outbound table stands for the endpoint service: it leads the private
 * name to the proxy. Throws XksProxyVpcEndpointServiceNotFoundException.
 */
export function checkEndpointService({ connectivity, endpoint }: ProxySettings, call: Call): void {
  if (connectivity === "VPC_ENDPOINT_SERVICE" && !call.outbound.maps(new URL(endpoint).hostname))
    refuse(
      "XksProxyVpcEndpointServiceNotFoundException",
      "The VPC endpoint service cannot be found: no address is configured for the proxy's private DNS name.",
    );
}

/** Throws IncorrectTrustAnchorException for what is no certificate. */
export function readTrustAnchor(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    return refuse("IncorrectTrustAnchorException", "The trust anchor certificate is not a certificate in PEM format.");
  }
}
