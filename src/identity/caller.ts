import type { Authority, PrincipalFacts } from "../policy/decision.ts";
import type { Tag } from "./entities.ts";
import type { FederatedTags } from "./web-claims.ts";

/** A session behind temporary credentials. Times in milliseconds, wall clock. */
export interface SessionFacts {
  readonly name: string;
  readonly kind: "assumed-role" | "session-token" | "federated-user";
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly mfa: boolean;
  readonly sourceIdentity?: string;
  readonly tags: readonly Tag[];
  readonly transitiveTagKeys: readonly string[];
  /** The access key that asked for a user's or root's own session; without one, the well-known credentials. */
  readonly askedWith?: string;
  /** What the session was begun with: policies read it as the issuer's condition keys. */
  readonly webIdentity?: WebIdentity;
  /** The role, or the user that a federated session comes from, for CloudTrail's sessionIssuer. */
  readonly issuer?: {
    readonly type: "Role" | "IAMUser" | "Root";
    readonly arn: string;
    readonly name: string;
    readonly uniqueId: string;
  };
}

/** Who holds a token of an OpenID Connect issuer, as the token says. */
export interface WebIdentity {
  /** ARN. */
  readonly provider: string;
  /** Without `https://`: what its condition keys begin with. */
  readonly issuer: string;
  readonly subject: string;
  /** The client it was issued to, one of the provider's. */
  readonly audience: string;
  readonly amr: readonly string[];
}

export interface WebIdentityFacts extends WebIdentity, FederatedTags {
  readonly audiences: readonly string[];
  readonly email?: string;
}

export interface CallerFacts extends PrincipalFacts {
  readonly userName?: string;
  /** `aws:userid`: AIDA…, `AROA…:session`, account id for root, `account:name` when federated. */
  readonly userId: string;
  readonly accessKeyId: string;
  readonly session?: SessionFacts;
  readonly webIdentity?: WebIdentityFacts;
  /** User or role tags, overridden by session tags. */
  readonly tags: readonly Tag[];
  /** A service calling on this principal's behalf: `ec2.eu-west-1.amazonaws.com`. */
  readonly viaService?: string;
  /** The service that makes the call, in records: `ec2.amazonaws.com`. */
  readonly invokedBy?: string;
  /** For whom a service principal works: the resource and account that made it call (aws:SourceArn, aws:SourceAccount). */
  readonly onBehalfOf?: { readonly arn: string; readonly account: string };
  readonly sourceAddress: string;
  readonly userAgent: string;
  readonly secure: boolean;
  /** Store references that this identity and its authority were read from. */
  readonly used: readonly string[];
}

/** Who asks. Only identity/ makes one. */
export class Caller {
  readonly #facts: CallerFacts;
  readonly #authority: () => Authority;
  private constructor(facts: CallerFacts, authority: () => Authority) {
    this.#facts = facts;
    this.#authority = authority;
  }
  get facts(): CallerFacts {
    return this.#facts;
  }
  /** The compiled policies on the caller's side, read from the store when first asked for. */
  get authority(): Authority {
    return this.#authority();
  }
  /** @internal house rules hold the callers: identity/ alone. */
  static make(facts: CallerFacts, authority: () => Authority): Caller {
    return new Caller(facts, authority);
  }
}
