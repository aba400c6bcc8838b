/** What the listener hands on: a whole request within limits, nothing interpreted. */
export interface WireRequest {
  readonly method: string;
  /** The raw request target, `/?Action=…`. */
  readonly target: string;
  /** Lower-case names; duplicates kept in order, joined by "," only where SigV4 asks. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
  readonly remoteAddress: string;
  readonly secure: boolean;
  /** Fills x-amzn-RequestId and the audit record. */
  readonly requestId: string;
}

export interface WireReply {
  readonly status: number;
  /** Without Content-Length, Date and x-amzn-RequestId, which the listener adds. Names in canonical case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** One operation of a service as its generated table describes it. */
export interface WireOperation {
  readonly name: string;
  /**
   * Body → typed input, strictly. Blobs become Buffers, timestamps milliseconds, maps null-prototype objects;
   * unmodelled members are dropped. Throws AwsError SerializationException, or ValidationException in AWS's
   * sentences ("2 validation errors detected: …; …"). Never keeps a reference to the request.
   */
  decode(request: WireRequest): Record<string, unknown>;
  /** Typed output → reply. Undefined members are left out. An operation without output shape answers an empty body. */
  encode(output: Record<string, unknown>, requestId: string): WireReply;
  /** The body may be signed as UNSIGNED-PAYLOAD. */
  readonly unsignedPayload?: boolean;
  /** Member names that the schema marks sensitive: never recorded. */
  readonly sensitive: ReadonlySet<string>;
}

export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly status: number;
  /** Further members of the error's body, where the protocol shows them (EBS's Reason). */
  readonly members?: Readonly<Record<string, string>> | undefined;
}

/** One AWS service on the wire. */
export interface WireService {
  /** The SigV4 service name and the service part of actions: "kms", "iam", "sts". */
  readonly name: string;
  /** CloudTrail's eventSource: "kms.amazonaws.com". */
  readonly eventSource: string;
  readonly protocol: "json" | "query" | "ec2" | "rest-json" | "rest-xml";
  /** SigV4 skew in minutes: 5 for JSON services, 15 for Query ones. */
  readonly skewMinutes: number;
  /** How the service names a fault of its own. */
  readonly internalError: string;
  /** A service that is the same in every Region: whatever Region a call was signed for, it is decided and recorded in this one. */
  readonly homeRegion?: string;
  readonly operations: ReadonlyMap<string, WireOperation>;
  /** Operation name from target, path or body. Throws UnknownOperationException and its like, as AWS does. */
  operationOf(request: WireRequest): string;
  encodeError(error: WireError, requestId: string): WireReply;
  /** Code and message of an error in records, where they are not the program's own. */
  recordedError?(error: Omit<WireError, "status">): { readonly code: string; readonly message: string };
}
