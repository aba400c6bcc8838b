import { OperatorError } from "../errors.ts";
import { type ExternalKeys, XksRefusal } from "../xks/keys.ts";
import type { XksErrorName } from "../xks/protocol.ts";
import { type AwsEndpoint, AwsRefusal, send } from "./aws-client.ts";
import { exchange } from "./exchange.ts";

const refusals: Readonly<Record<string, XksErrorName>> = {
  AccessDeniedException: "AccessDeniedException",
  DisabledException: "InvalidStateException",
  IncorrectKeyException: "InvalidCiphertextException",
  InvalidCiphertextException: "InvalidCiphertextException",
  InvalidKeyUsageException: "InvalidKeyUsageException",
  KMSInvalidStateException: "InvalidStateException",
  NotFoundException: "KeyNotFoundException",
  ThrottlingException: "ThrottlingException",
};

/** Keys of a running installation: every use of one is a call to it, decided and recorded there. */
export function installationKeys(
  endpoint: AwsEndpoint,
  keyIds: ReadonlyMap<string, string>,
  timeoutMs: number,
): ExternalKeys {
  const call = async (what: string, keyId: string, content: object): Promise<Record<string, unknown>> => {
    const named = keyIds.get(keyId);
    if (named === undefined) throw new XksRefusal("KeyNotFoundException", "There is no such external key.");
    const region = /^arn:[^:]+:kms:([^:]+):/.exec(named)?.[1] ?? endpoint.region;
    const body = JSON.stringify({ KeyId: named, ...content });
    const json = { headers: { "content-type": "application/json" }, body };
    const outgoing = { service: "claviger", method: "POST", target: `/_claviger/xks/${what}`, ...json } as const;
    try {
      const { text } = await send({ ...endpoint, region }, { ...outgoing, timeoutMs });
      return JSON.parse(text) as Record<string, unknown>;
    } catch (error) {
      throw refusalOf(error);
    }
  };
  const bytes = (answer: Record<string, unknown>, member: string) => Buffer.from(String(answer[member]), "base64");
  return {
    healthy: () => ready(endpoint, timeoutMs),
    describe: async (keyId, RequestMetadata) => {
      const { Symmetric, Enabled } = await call("describe", keyId, { RequestMetadata });
      return { symmetric: Symmetric === true, enabled: Enabled === true };
    },
    encrypt: async (keyId, message, associated, RequestMetadata) => {
      const answer = await call("encrypt", keyId, {
        RequestMetadata,
        Plaintext: message.toString("base64"),
        AdditionalAuthenticatedData: associated.toString("base64"),
      });
      return {
        ciphertext: bytes(answer, "Ciphertext"),
        iv: bytes(answer, "InitializationVector"),
        tag: bytes(answer, "AuthenticationTag"),
        metadata: bytes(answer, "Metadata"),
      };
    },
    decrypt: async (keyId, { ciphertext, iv, tag, metadata }, associated, RequestMetadata) => {
      const answer = await call("decrypt", keyId, {
        RequestMetadata,
        Ciphertext: ciphertext.toString("base64"),
        Metadata: metadata.toString("base64"),
        InitializationVector: iv.toString("base64"),
        AuthenticationTag: tag.toString("base64"),
        AdditionalAuthenticatedData: associated.toString("base64"),
      });
      return bytes(answer, "Plaintext");
    },
  };
}

function refusalOf(error: unknown): XksRefusal {
  if (error instanceof AwsRefusal) return new XksRefusal(refusals[error.code] ?? "InternalException");
  if (error instanceof OperatorError) return new XksRefusal("DependencyTimeoutException");
  return new XksRefusal("InternalException");
}

async function ready({ url, authorities }: AwsEndpoint, timeoutMs: number): Promise<boolean> {
  try {
    const asking = { method: "GET", headers: {}, body: Buffer.alloc(0), authorities, timeoutMs } as const;
    return (await exchange(new URL("/readyz", url), asking)).status === 200;
  } catch {
    return false;
  }
}
