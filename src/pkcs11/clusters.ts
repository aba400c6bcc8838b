/** Why a call to a token did not come to an answer. */
export type TokenReason =
  | "incorrect pin"
  | "locked pin"
  /** The user of the token has never been given a PIN. */
  | "no user"
  /** The module cannot be loaded, or has no token of that label. */
  | "no token"
  | "no key"
  /** The module's process ended under the call. */
  | "crashed"
  | "timed out"
  | "busy"
  /** The module answered with an error of its own. */
  | "failed";

export class TokenFailure extends Error {
  readonly reason: TokenReason;
  constructor(reason: TokenReason, detail: string = reason) {
    super(`the PKCS#11 token failed: ${detail}`);
    this.name = "TokenFailure";
    this.reason = reason;
  }
}

/**
 * One token of a PKCS#11 module, which stands for a CloudHSM cluster. Every method throws TokenFailure; a crash or a
 * hang of the module fails the calls under way, and the next call starts its process anew. `pin` is the PIN of the
 * token's user, used when the process has to log in.
 */
export interface Cluster {
  readonly id: string;
  /** Module and label: clusters of the same place are the same token. */
  readonly place: string;
  /** SHA-256 of the certificate that the operator says vouches for the cluster. */
  readonly trustAnchor: string | undefined;
  connect(pin: string): Promise<void>;
  /** Logs out by ending the module's process. */
  disconnect(): void;
  /** A new AES-256 key named `keyId` on the token: sensitive, never extractable. */
  generateKey(pin: string, keyId: string): Promise<void>;
  destroyKey(pin: string, keyId: string): Promise<void>;
  /** AES-GCM on the token: ciphertext ‖ 16-byte tag. */
  encrypt(pin: string, keyId: string, iv: Buffer, associated: Buffer, message: Uint8Array): Promise<Buffer>;
  /** Undefined when the bytes or the associated data are not the ones that were encrypted. */
  decrypt(pin: string, keyId: string, iv: Buffer, associated: Buffer, sealed: Buffer): Promise<Buffer | undefined>;
  random(pin: string, count: number): Promise<Buffer>;
}

/** What the module's process is asked to do. Bytes travel as they are (structured clone). */
export type Request =
  | { readonly do: "open"; readonly module: string; readonly token: string; readonly pin: string }
  | { readonly do: "generate" | "destroy"; readonly key: string }
  | {
      readonly do: "encrypt" | "decrypt";
      readonly key: string;
      readonly iv: Uint8Array;
      readonly associated: Uint8Array;
      readonly input: Uint8Array;
    }
  | { readonly do: "random"; readonly count: number };

/** One answer for each request, in order: the bytes it yields, "invalid" for what does not decrypt, or why not. */
export type Reply =
  | { readonly result: Uint8Array | "done" | "invalid" }
  | { readonly reason: TokenReason; readonly detail: string };

/** The clusters of the operator's configuration. */
export interface Clusters {
  find(id: string): Cluster | undefined;
  /** Ends every module's process. */
  close(): void;
}
