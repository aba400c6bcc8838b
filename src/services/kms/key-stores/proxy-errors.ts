import { AwsError } from "../../../errors.ts";
import type { XksFault } from "../../../xks/failure.ts";
import { XksFailure } from "../../../xks/failure.ts";
import type { ConnectionError } from "./entities.ts";

/** What was being done when the proxy failed: AWS has an exception for each (kms.md, section 11). */
export type Doing = "create key" | "use key" | "set up store";

interface Row {
  readonly createKey: string;
  /** Undefined: this fault does not belong to what a store's set-up asks, so it is no answer to it. */
  readonly setUp?: string;
  readonly connection: ConnectionError;
  readonly text: string;
}

const invalidStore = "CustomKeyStoreInvalidStateException";
const unreachable = "XksProxyUriUnreachableException";
const invalidResponse = "XksProxyInvalidResponseException";

const communication =
  "KMS cannot communicate with your external key store proxy. This might be a transient network issue. If you see " +
  "this error repeatedly, verify that your external key store proxy is active and is connected to its external key " +
  "manager, and that its endpoint URI is correct in your external key store.";
const notUnderstood =
  "KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, consult " +
  "your external key store proxy administrator.";
const late =
  "The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see " +
  "this error repeatedly, report it to your external key store proxy administrator.";

const response = { createKey: invalidStore, setUp: invalidResponse, connection: "XKS_PROXY_INVALID_RESPONSE" } as const;
const network = { createKey: invalidStore, setUp: unreachable, connection: "XKS_PROXY_NOT_REACHABLE" } as const;
const keyConfiguration = {
  createKey: "XksKeyInvalidConfigurationException",
  connection: "XKS_PROXY_INVALID_RESPONSE",
} as const;

const table: Readonly<Record<XksFault, Row>> = {
  ValidationException: { ...response, text: notUnderstood },
  InvalidResponse: { ...response, text: notUnderstood },
  InternalException: { ...response, text: notUnderstood },
  InvalidStateException: {
    ...keyConfiguration,
    text: "The external key store proxy rejected the request because the external key is not enabled.",
  },
  InvalidKeyUsageException: {
    ...keyConfiguration,
    text: "The external key store proxy rejected the request because the external key does not support this operation. It must be a 256-bit symmetric key that is allowed to encrypt and decrypt.",
  },
  InvalidCiphertextException: {
    createKey: invalidStore,
    connection: "XKS_PROXY_INVALID_RESPONSE",
    text: "The external key store proxy rejected the request because the specified ciphertext or additional authenticated data is corrupted, missing, or otherwise invalid.",
  },
  AuthenticationFailedException: {
    createKey: invalidStore,
    setUp: "XksProxyIncorrectAuthenticationCredentialException",
    connection: "XKS_PROXY_ACCESS_DENIED",
    text: "The external key store proxy rejected the request because it could not authenticate KMS. Verify the credentials for your external key store and update if necessary.",
  },
  AccessDeniedException: {
    createKey: "KMSInvalidStateException",
    connection: "XKS_PROXY_ACCESS_DENIED",
    text: "The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again.",
  },
  KeyNotFoundException: {
    createKey: "XksKeyNotFoundException",
    connection: "XKS_PROXY_INVALID_RESPONSE",
    text: "The external key store proxy rejected the request because it could not find the external key.",
  },
  InvalidUriPathException: {
    createKey: invalidStore,
    setUp: "XksProxyInvalidConfigurationException",
    connection: "XKS_PROXY_INVALID_CONFIGURATION",
    text: "The external key store proxy rejected the request because the URI path is not valid. Verify the URI path for your external key store and update if necessary.",
  },
  ThrottlingException: {
    ...network,
    text: "The external key store proxy rejected the request because of high request rate. Reduce the frequency of your calls using KMS keys in this external key store.",
  },
  DependencyTimeoutException: { ...network, connection: "XKS_PROXY_TIMED_OUT", text: late },
  TimedOut: { ...network, connection: "XKS_PROXY_TIMED_OUT", text: late },
  Unreachable: { ...network, text: communication },
  UntrustedTls: { ...network, connection: "XKS_PROXY_INVALID_TLS_CONFIGURATION", text: communication },
};

/** The exception for a proxy's failure; any other error as it is. The proxy's own words are never among ours. */
export function proxyError(error: unknown, doing: Doing): unknown {
  if (!(error instanceof XksFailure)) return error;
  const { createKey, setUp, text } = table[error.fault];
  if (doing === "use key") return new AwsError("KMSInvalidStateException", text);
  if (doing === "create key") return new AwsError(createKey, text);
  return setUp === undefined ? new AwsError(invalidResponse, notUnderstood) : new AwsError(setUp, text);
}

/** What DescribeCustomKeyStores says of a connection that failed. */
export const connectionError = (error: unknown): ConnectionError =>
  error instanceof XksFailure ? table[error.fault].connection : "INTERNAL_ERROR";
