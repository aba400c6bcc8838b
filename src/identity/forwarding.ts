import { iamArn, stsArn } from "../arn.ts";
import type { Authority } from "../policy/decision.ts";
import { Caller, type CallerFacts } from "./caller.ts";

/** A service of this installation that calls another one. */
export interface Forwarder {
  /** `ec2`: what kms:ViaService and the service principal begin with. */
  readonly name: string;
  /** How records name it, where that is not `ec2.amazonaws.com` (`ec2-frontend-api.amazonaws.com`). */
  readonly invokedBy?: string;
  /** The service principal, where it is not `ec2.amazonaws.com` (`ec2.eu-west-1.amazonaws.com`). */
  readonly principal?: string;
}

const principalOf = ({ name, principal }: Forwarder): string => principal ?? `${name}.amazonaws.com`;

/** A call from inside has no address: records name the service in its place, and aws:SourceIp is absent. */
const inside = (by: Forwarder): Pick<CallerFacts, "invokedBy" | "sourceAddress" | "userAgent" | "secure"> => {
  const invokedBy = by.invokedBy ?? principalOf(by);
  return { invokedBy, sourceAddress: "", userAgent: invokedBy, secure: true };
};

/**
 * A forward-access session: the same principal with the same policies, and the service on whose way the call comes
 * (kms:ViaService, aws:CalledVia, aws:ViaAWSService). Nothing that a client sends makes one.
 */
export function forwardedCaller(caller: Caller, by: Forwarder, region: string): Caller {
  const facts = { ...caller.facts, ...inside(by), viaService: `${by.name}.${region}.amazonaws.com` };
  return Caller.make(facts, () => caller.authority);
}

const nothing: Authority = { identity: [] };

/** The service itself. It has no policies: what a resource's policy or a grant says of it is all it may do. */
export function serviceCaller(by: Forwarder, onBehalfOf?: { readonly arn: string; readonly account: string }): Caller {
  const service = principalOf(by);
  const facts: CallerFacts = {
    kind: "service",
    service,
    account: onBehalfOf?.account ?? "",
    arn: service,
    principalArn: service,
    uniqueId: service,
    userId: service,
    accessKeyId: "",
    tags: [],
    used: [],
    ...inside(by),
    ...(onBehalfOf && { onBehalfOf }),
  };
  return Caller.make(facts, () => nothing);
}

/**
 * What AWS runs for an account under a role nobody can make: `aws:ec2-infrastructure` for an instance, whose sessions
 * are named by grants and have no policies (flows.md, section 1).
 */
export function infrastructureCaller(
  account: string,
  role: `aws:${string}`,
  session: string,
  by: Forwarder,
  region: string,
): Caller {
  const facts: CallerFacts = {
    kind: "role-session",
    account,
    arn: stsArn(account, `assumed-role/${role}/${session}`),
    principalArn: iamArn(account, `role/${role}`),
    uniqueId: `${account}:${role}`,
    userId: `${account}:${role}:${session}`,
    accessKeyId: "",
    tags: [],
    used: [],
    ...inside(by),
    viaService: `${by.name}.${region}.amazonaws.com`,
  };
  return Caller.make(facts, () => nothing);
}
