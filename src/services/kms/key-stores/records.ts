import type { KeyStore } from "./entities.ts";
import type { StoreInput } from "./settings.ts";

/** The store as DescribeCustomKeyStores shows it: never a secret. */
export function describedStore(store: KeyStore): Record<string, unknown> {
  const { proxy, cluster } = store;
  return {
    CustomKeyStoreId: store.id,
    CustomKeyStoreName: store.name,
    CustomKeyStoreType: proxy ? "EXTERNAL_KEY_STORE" : "AWS_CLOUDHSM",
    CloudHsmClusterId: cluster?.clusterId,
    TrustAnchorCertificate: cluster?.trustAnchor,
    ConnectionState: store.state,
    ConnectionErrorCode: store.state === "FAILED" ? store.failure : undefined,
    CreationDate: store.createdAt,
    XksProxyConfiguration: proxy && {
      Connectivity: proxy.connectivity,
      AccessKeyId: proxy.accessKeyId,
      UriEndpoint: proxy.endpoint,
      UriPath: proxy.path,
      VpcEndpointServiceName: proxy.vpcService,
      VpcEndpointServiceOwner: proxy.vpcServiceOwner,
    },
  };
}

/** CloudTrail's requestParameters of what sets a store up: neither password nor secret key. */
export function recordedSettings(input: StoreInput): object {
  const { XksProxyAuthenticationCredential: credential } = input;
  return {
    ...(input.CloudHsmClusterId !== undefined && { clusterId: input.CloudHsmClusterId }),
    ...(input.XksProxyUriEndpoint !== undefined && { xksProxyUriEndpoint: input.XksProxyUriEndpoint }),
    ...(input.XksProxyUriPath !== undefined && { xksProxyUriPath: input.XksProxyUriPath }),
    ...(input.XksProxyConnectivity !== undefined && { xksProxyConnectivity: input.XksProxyConnectivity }),
    ...(input.XksProxyVpcEndpointServiceName !== undefined && {
      xksProxyVpcEndpointServiceName: input.XksProxyVpcEndpointServiceName,
    }),
    ...(input.XksProxyVpcEndpointServiceOwner !== undefined && {
      xksProxyVpcEndpointServiceOwner: input.XksProxyVpcEndpointServiceOwner,
    }),
    ...(credential && { xksProxyAuthenticationCredential: { accessKeyId: credential.AccessKeyId } }),
  };
}

/** CloudTrail's additionalEventData of every operation on one store. */
export const storeEventData = ({ name, cluster }: KeyStore): object => ({
  customKeyStoreName: name,
  ...(cluster && { clusterId: cluster.clusterId }),
});
