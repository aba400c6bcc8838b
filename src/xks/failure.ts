import { type XksErrorName, xksErrors } from "./protocol.ts";

/** How a call to a proxy failed: the proxy's own word, or what was seen of it. */
export type XksFault =
  | Exclude<XksErrorName, "UnsupportedOperationException">
  /** Nothing answers. */
  | "Unreachable"
  | "TimedOut"
  /** Its certificate is not trusted, or TLS fails otherwise. */
  | "UntrustedTls"
  /** What it answers is not the protocol. */
  | "InvalidResponse";

/** Carries no text of the proxy: that is never shown to a caller. */
export class XksFailure extends Error {
  readonly fault: XksFault;
  constructor(fault: XksFault) {
    super(`the external key store proxy failed: ${fault}`);
    this.name = "XksFailure";
    this.fault = fault;
  }
}

/** Statuses that load balancers answer without a body of the protocol. */
const byStatus: Readonly<Record<number, XksFault>> = {
  401: "AuthenticationFailedException",
  403: "AccessDeniedException",
  404: "InvalidUriPathException",
  429: "ThrottlingException",
  503: "DependencyTimeoutException",
};

/** The fault of an answer that is not 200. A name that does not belong to its status is no answer of the protocol. */
export function faultOf(status: number, errorName: unknown): XksFault {
  if (typeof errorName !== "string") return byStatus[status] ?? "InvalidResponse";
  if (!Object.hasOwn(xksErrors, errorName) || errorName === "UnsupportedOperationException") return "InvalidResponse";
  const name = errorName as Exclude<XksErrorName, "UnsupportedOperationException">;
  return xksErrors[name] === status ? name : "InvalidResponse";
}
