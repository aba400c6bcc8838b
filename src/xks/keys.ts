import type { ExternalCiphertext, RequestMetadata, XksErrorName } from "./protocol.ts";

/** A refusal in the protocol's own words; `message` goes to whoever asked. */
export class XksRefusal extends Error {
  readonly errorName: XksErrorName;
  constructor(errorName: XksErrorName, message = "") {
    super(message);
    this.name = "XksRefusal";
    this.errorName = errorName;
  }
}

/** The keys that a proxy serves. Every method throws XksRefusal, KeyNotFoundException for an unknown name. */
export interface ExternalKeys {
  /** Whether what holds the keys answers. */
  healthy(): Promise<boolean>;
  describe(
    keyId: string,
    metadata: RequestMetadata,
  ): Promise<{ readonly symmetric: boolean; readonly enabled: boolean }>;
  encrypt(keyId: string, message: Buffer, associated: Buffer, metadata: RequestMetadata): Promise<ExternalCiphertext>;
  decrypt(keyId: string, sealed: ExternalCiphertext, associated: Buffer, metadata: RequestMetadata): Promise<Buffer>;
}
