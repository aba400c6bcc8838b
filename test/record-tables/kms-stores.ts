import { proxyCredential } from "../xks-proxy.ts";
import { read, type Step, write } from "./steps.ts";

const CustomKeyStoreId = "{CreateCustomKeyStore.CustomKeyStoreId}";
const store = { CustomKeyStoreId };
const ofStore = { customKeyStoreId: CustomKeyStoreId };
const credential = { accessKeyId: proxyCredential.AccessKeyId };
const data = { customKeyStoreName: "vault outside" };

/** An external key store; the secret its proxy is asked with never stands in a record. */
export const kmsStores: readonly Step[] = [
  write(
    "CreateCustomKeyStore",
    {
      CustomKeyStoreName: "vault outside",
      CustomKeyStoreType: "EXTERNAL_KEY_STORE",
      XksProxyUriEndpoint: "https://xks.test",
      XksProxyUriPath: "/test/kms/xks/v1",
      XksProxyConnectivity: "PUBLIC_ENDPOINT",
      XksProxyAuthenticationCredential: proxyCredential,
    },
    {
      customKeyStoreName: "vault outside",
      customKeyStoreType: "EXTERNAL_KEY_STORE",
      xksProxyUriEndpoint: "https://xks.test",
      xksProxyUriPath: "/test/kms/xks/v1",
      xksProxyConnectivity: "PUBLIC_ENDPOINT",
      xksProxyAuthenticationCredential: credential,
    },
    { customKeyStoreId: "{answer.CustomKeyStoreId}" },
  ),
  read("DescribeCustomKeyStores", store, ofStore),
  write("ConnectCustomKeyStore", store, ofStore, null, { data }),
  write("DisconnectCustomKeyStore", store, ofStore, null, { data }),
  write(
    "UpdateCustomKeyStore",
    { ...store, NewCustomKeyStoreName: "renamed", XksProxyAuthenticationCredential: proxyCredential },
    { ...ofStore, newCustomKeyStoreName: "renamed", xksProxyAuthenticationCredential: credential },
    null,
    { data: { customKeyStoreName: "renamed" } },
  ),
  write("DeleteCustomKeyStore", store, ofStore, null, { data: { customKeyStoreName: "renamed" } }),
];
