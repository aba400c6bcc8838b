/**
 * The one error type that reaches a caller. `code` is the name on the JSON wire (`NotFoundException`); the query
 * protocols translate the few names that differ there (see wire/query.ts). Everything else that is thrown is a fault
 * of ours and is answered with the service's own internal error, without its text.
 */
export class AwsError extends Error {
  readonly code: string;
  /** HTTP status when the protocol does not fix it. JSON 1.1 always answers 400 for a client's fault. */
  readonly status: number;
  /** Further members of the error's body, where the protocol shows them (EBS's Reason). */
  readonly members: Readonly<Record<string, string>> | undefined;
  /** The authorization failed or the request was malformed before a Caller existed: counted, never recorded. */
  constructor(code: string, message: string, status = 400, members?: Readonly<Record<string, string>>) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

/** A check that AWS makes: `refuse("NotFoundException", "Key '…' does not exist")`. Never returns. */
export function refuse(code: string, message: string, status = 400): never {
  throw new AwsError(code, message, status);
}

/** What the operator reads when something of ours failed: the action, the cause, at most one hint. */
export class OperatorError extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.name = "OperatorError";
    this.hint = hint;
  }
}
