export type OutboundReason =
  /** The URL or the address is not one that may be called. */
  | "forbidden"
  /** The name does not resolve, nothing listens, or the connection broke. */
  | "unreachable"
  | "timeout"
  /** The certificate is not trusted, or is another host's. */
  | "untrusted"
  | "too large"
  | "redirect"
  /** Too many calls are under way already. */
  | "busy";

/** A call that did not come to an answer. The text is for the operator; no caller of ours is shown it. */
export class OutboundFailure extends Error {
  readonly reason: OutboundReason;
  constructor(reason: OutboundReason, cause: string) {
    super(cause);
    this.name = "OutboundFailure";
    this.reason = reason;
  }

  static of(error: unknown, late: boolean): OutboundFailure {
    if (error instanceof OutboundFailure) return error;
    if (late) return new OutboundFailure("timeout", "no answer in time");
    const { code, message } = error as NodeJS.ErrnoException;
    return new OutboundFailure(untrusted(code ?? "") ? "untrusted" : "unreachable", message);
  }
}

/** Node's names of X.509 verification errors, and of TLS handshakes that fail. */
const untrusted = (code: string): boolean =>
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH)/.test(
    code,
  );
