import type { CompiledPolicy } from "./compile.ts";

/** Values that conditions and variables see. Names are lower-case (`aws:principalarn`); an empty list is never put in. */
export interface Context {
  get(name: string): string | readonly string[] | undefined;
  /** For people who ask why: a decision never reads it. */
  keys(): Iterable<string>;
}

/** A compiled policy and the name people know it by: an ARN, or `inline policy "x" of arn:…`, or `key policy`. */
export interface PolicySource {
  readonly name: string;
  /** The ARN of a managed policy, which AWS appends to the text of an explicit deny. */
  readonly arn?: string;
  readonly policy: CompiledPolicy;
}

/** What a policy can match about who asks. Made by identity/ alone. */
export interface PrincipalFacts {
  readonly kind: "root" | "user" | "role-session" | "federated-user" | "web-identity" | "service";
  readonly account: string;
  /** The ARN that denials name: the session's for sessions. */
  readonly arn: string;
  /** The IAM ARN that `aws:PrincipalArn` carries: the role's for sessions. */
  readonly principalArn: string;
  /** AIDA…, AROA…, or the account id for root: what a saved Principal means. A federated user's is its issuer's. */
  readonly uniqueId: string;
  /** `AROA…:session`: what a saved session ARN means. */
  readonly userId?: string;
  /** `ec2.amazonaws.com` for a service principal. */
  readonly service?: string;
  /** Who vouched for a web identity: `accounts.google.com`, or an ARN. */
  readonly provider?: string;
}

/** The policies on the caller's side. */
export interface Authority {
  readonly identity: readonly PolicySource[];
  readonly boundary?: PolicySource;
  /** Absent: not limited. Present: at least one must allow. */
  readonly session?: readonly PolicySource[];
  /** Each level of the organization (root, every OU, account) must allow; absent outside an organization. */
  readonly serviceControl?: readonly (readonly PolicySource[])[];
}

/** How the resource's own policy takes part (design, section 2, "Trust rules"). */
export type TrustRule =
  /** Key policy must allow or delegate. */
  | "key"
  /** Either side in one account, both across accounts (buckets, snapshots). */
  | "either"
  /** Only identity policies: no resource policy exists (kms:CreateKey, iam:*). */
  | "identity"
  /** A role's trust policy: naming the principal directly is enough in one account; naming the account delegates. */
  | "trust";

/** Something other than a policy that says yes: a grant. Checked by its owner; here it is only weighed. */
export interface GrantYes {
  readonly name: string;
  readonly match: "direct" | "role" | "account";
}

export interface Question {
  readonly caller: PrincipalFacts;
  readonly authority: Authority;
  readonly action: string;
  /** The ARN, or "*" where AWS authorises on nothing. */
  readonly resource: string;
  /** The ARN by which the caller named it, which is all that another account is told. */
  readonly namedBy?: string;
  readonly resourceAccount: string;
  readonly trust: TrustRule;
  readonly resourcePolicy?: PolicySource;
  readonly resourceControl?: readonly PolicySource[];
  readonly grants?: readonly GrantYes[];
  /** AWS does not have the operation across accounts: no policy helps. */
  readonly withinAccount?: true;
  readonly context: Context;
  /** Context keys seen by identity-side policies only (kms:ResourceAliases). */
  readonly identityOnlyContext?: Context;
}

export type PolicyType =
  | "identity-based policy"
  | "resource-based policy"
  | "permissions boundary"
  | "session policy"
  | "service control policy"
  | "resource control policy"
  | "role trust policy"
  | "grant";

/** Why. One policy type is named, as AWS does; `policy` and `sid` say which statement decided, for people. */
export interface Because {
  readonly effect: "allow" | "explicit deny" | "implicit deny";
  readonly type: PolicyType;
  readonly policy?: string;
  readonly arn?: string;
  /** Sid, or `Statement 2` (1-based) where it has none. */
  readonly statement?: string;
}

/** Only policy/decide.ts makes one; the door to key material asks `Decision.isGenuine`. */
export class Decision {
  readonly #allowed: boolean;
  readonly action: string;
  readonly resource: string;
  readonly because: Because;
  private constructor(allowed: boolean, action: string, resource: string, because: Because) {
    this.#allowed = allowed;
    this.action = action;
    this.resource = resource;
    this.because = because;
  }
  get allowed(): boolean {
    return this.#allowed;
  }
  /** @internal for policy/decide.ts and for named system decisions (`system:rotate-key`). House rules hold the callers. */
  static make(allowed: boolean, action: string, resource: string, because: Because): Decision {
    return new Decision(allowed, action, resource, because);
  }
  static isGenuine(decision: unknown): decision is Decision {
    return typeof decision === "object" && decision !== null && #allowed in decision;
  }
}
