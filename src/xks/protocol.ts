/** The external key store proxy API, version 1 (kms.md, section 11), as both sides of it know it. */

export const xksService = "kms-xks-proxy";

/** What ends a proxy's URI path: `/prefix/kms/xks/v1`. */
export const apiPath = "/kms/xks/v1";

export const limits: Readonly<
  Record<"bodyBytes" | "plaintextBytes" | "additionalDataBytes" | "metadataBytes" | "tagBytes" | "fleetDetails", number>
> = {
  /** Both sides: no legitimate body is longer. */
  bodyBytes: 64 * 1024,
  /** A proxy must take this much plaintext: 4096 bytes and what AWS's own encryption adds. */
  plaintextBytes: 4300,
  additionalDataBytes: 8192,
  metadataBytes: 20,
  tagBytes: 16,
  fleetDetails: 10,
};

export type XksErrorName =
  | "ValidationException"
  | "InvalidStateException"
  | "InvalidCiphertextException"
  | "InvalidKeyUsageException"
  | "AuthenticationFailedException"
  | "AccessDeniedException"
  | "KeyNotFoundException"
  | "InvalidUriPathException"
  | "ThrottlingException"
  | "UnsupportedOperationException"
  | "DependencyTimeoutException"
  | "InternalException";

/** `errorName` of a proxy's answer, and its HTTP status. */
export const xksErrors: Readonly<Record<XksErrorName, number>> = {
  ValidationException: 400,
  InvalidStateException: 400,
  InvalidCiphertextException: 400,
  InvalidKeyUsageException: 400,
  AuthenticationFailedException: 401,
  AccessDeniedException: 403,
  KeyNotFoundException: 404,
  InvalidUriPathException: 404,
  ThrottlingException: 429,
  UnsupportedOperationException: 501,
  DependencyTimeoutException: 503,
  InternalException: 500,
};

/** Who asks for what: for the proxy's own authorization and log. */
export interface RequestMetadata {
  readonly kmsOperation: string;
  readonly kmsRequestId: string;
  readonly awsPrincipalArn?: string;
  readonly awsSourceVpc?: string;
  readonly awsSourceVpce?: string;
  readonly kmsKeyArn?: string;
  /** `ebs` */
  readonly kmsViaService?: string;
}

type MetadataName = keyof RequestMetadata;
export type Api = "health" | "metadata" | "encrypt" | "decrypt";

const always: readonly MetadataName[] = ["kmsOperation", "kmsRequestId"];
const ofKey: readonly MetadataName[] = ["awsPrincipalArn", ...always];
const fromWhere: readonly MetadataName[] = ["awsSourceVpc", "awsSourceVpce"];
const ofUse = { required: [...ofKey, "kmsKeyArn"], optional: [...fromWhere, "kmsViaService"] } as const;

/** What each API's requestMetadata has, and may have. */
export const metadataOf: Readonly<
  Record<Api, { readonly required: readonly MetadataName[]; readonly optional: readonly MetadataName[] }>
> = {
  health: { required: always, optional: [] },
  metadata: { required: ofKey, optional: fromWhere },
  encrypt: ofUse,
  decrypt: ofUse,
};

/** A message that an external key encrypted. */
export interface ExternalCiphertext {
  /** As long as the plaintext. */
  readonly ciphertext: Buffer;
  /** 12 or 16 bytes. */
  readonly iv: Buffer;
  /** 16 bytes. */
  readonly tag: Buffer;
  /** What the proxy wants back at decryption, at most 20 bytes. */
  readonly metadata: Buffer;
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Undefined for anything but standard base64 with its padding. */
export const decoded = (value: unknown): Buffer | undefined =>
  typeof value === "string" && base64.test(value) ? Buffer.from(value, "base64") : undefined;
