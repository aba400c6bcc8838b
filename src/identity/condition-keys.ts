import type { Ask, Call } from "../operation.ts";
import type { Context } from "../policy/decision.ts";
import type { CallerFacts } from "./caller.ts";
import { membershipOf } from "./organization.ts";
import { issuerKeys } from "./web-claims.ts";
import { lowerName } from "../policy/lower-name.ts";

type Value = string | readonly string[] | undefined;

/** What a value is computed from, when a policy asks for it. */
interface Asked {
  readonly facts: CallerFacts;
  readonly call: Call;
  readonly resourceAccount: string;
  readonly service: string;
}

const principalType = {
  root: "Account",
  user: "User",
  "role-session": "AssumedRole",
  "federated-user": "FederatedUser",
  "web-identity": "WebIdentityUser",
  service: "Service",
} as const;

const ofService = ({ facts }: Asked): boolean => facts.kind === "service";
/** Services and web identities are no principals of an account. */
const ofNoAccount = ({ facts }: Asked): boolean => facts.kind === "service" || facts.kind === "web-identity";

/** `ec2.eu-west-1.amazonaws.com` → `ec2.amazonaws.com` */
const calledVia = ({ facts }: Asked): string | undefined => facts.viaService?.replace(/\..*$/, ".amazonaws.com");
const via = (asked: Asked): readonly string[] | undefined => {
  const service = calledVia(asked);
  return service === undefined ? undefined : [service];
};

const pathsOf = (account: string, call: Call): readonly string[] | undefined => {
  const path = membershipOf(account, call)?.path;
  return path === undefined ? undefined : [path];
};
const ofSource = ({ kind, onBehalfOf }: CallerFacts, read: (account: string) => Value): Value =>
  kind === "service" && onBehalfOf ? read(onBehalfOf.account) : undefined;

/** The global condition keys that a server can supply truthfully (iam.md, section 1.5), and how each is read. */
const globalKeys: ReadonlyMap<string, (asked: Asked) => Value> = new Map<string, (asked: Asked) => Value>([
  ["aws:principalarn", (asked) => (ofNoAccount(asked) ? undefined : asked.facts.principalArn)],
  ["aws:principalaccount", (asked) => (ofNoAccount(asked) ? undefined : asked.facts.account)],
  ["aws:principaltype", ({ facts }) => principalType[facts.kind]],
  ["aws:userid", (asked) => (ofNoAccount(asked) ? undefined : asked.facts.userId)],
  ["aws:username", ({ facts }) => (facts.kind === "user" ? facts.userName : undefined)],
  ["aws:currenttime", ({ call }) => new Date(call.now).toISOString()],
  ["aws:epochtime", ({ call }) => String(Math.floor(call.now / 1000))],
  ["aws:securetransport", ({ facts }) => String(facts.secure)],
  ["aws:requestedregion", ({ call }) => call.region],
  ["aws:useragent", ({ facts }) => facts.userAgent || undefined],
  ["aws:sourceip", ({ facts }) => facts.sourceAddress || undefined],
  ["aws:resourceaccount", ({ resourceAccount }) => resourceAccount || undefined],
  ["aws:viaawsservice", ({ facts }) => String(facts.viaService !== undefined)],
  ["aws:calledvia", via],
  ["aws:calledviafirst", calledVia],
  ["aws:calledvialast", calledVia],
  ["aws:principalisawsservice", (asked) => String(ofService(asked))],
  ["aws:principalservicename", (asked) => (ofService(asked) ? asked.facts.service : undefined)],
  ["aws:principalservicenameslist", (asked) => (asked.facts.service === undefined ? undefined : [asked.facts.service])],
  ["aws:sourcearn", (asked) => (ofService(asked) ? asked.facts.onBehalfOf?.arn : undefined)],
  ["aws:sourceaccount", (asked) => (ofService(asked) ? asked.facts.onBehalfOf?.account : undefined)],
  [
    "aws:principalorgid",
    (asked) => (ofNoAccount(asked) ? undefined : membershipOf(asked.facts.account, asked.call)?.organizationId),
  ],
  ["aws:principalorgpaths", (asked) => (ofNoAccount(asked) ? undefined : pathsOf(asked.facts.account, asked.call))],
  ["aws:resourceorgid", ({ resourceAccount, call }) => membershipOf(resourceAccount, call)?.organizationId],
  ["aws:resourceorgpaths", ({ resourceAccount, call }) => pathsOf(resourceAccount, call)],
  ["aws:sourceorgid", ({ facts, call }) => ofSource(facts, (account) => membershipOf(account, call)?.organizationId)],
  ["aws:sourceorgpaths", ({ facts, call }) => ofSource(facts, (account) => pathsOf(account, call))],
  ["aws:federatedprovider", ({ facts }) => facts.provider ?? facts.session?.webIdentity?.provider],
  ["aws:tokenissuetime", ({ facts: { session } }) => session && new Date(session.issuedAt).toISOString()],
  ["aws:multifactorauthpresent", ({ facts: { session } }) => session && String(session.mfa)],
  [
    "aws:multifactorauthage",
    ({ facts: { session }, call }) =>
      session?.mfa ? String(Math.max(0, Math.floor((call.clocks.wall() - session.issuedAt) / 1000))) : undefined,
  ],
  ["aws:sourceidentity", ({ facts }) => facts.session?.sourceIdentity],
  ["kms:calleraccount", ({ facts, service }) => (service === "kms" ? facts.account || undefined : undefined)],
  ["kms:viaservice", ({ facts, service }) => (service === "kms" ? facts.viaService : undefined)],
]);

const tagPrefix = "aws:principaltag/";

/** What a call's own ask says, over what every call says. Computed when a policy asks, which few do. */
export class CallContext implements Context {
  readonly #asked: Asked;
  readonly #own: Context;

  constructor(call: Call, ask: Pick<Ask, "resourceAccount" | "context">, service: string) {
    this.#asked = { facts: call.caller.facts, call, resourceAccount: ask.resourceAccount, service };
    this.#own = ask.context;
  }

  get(name: string): Value {
    const own = this.#own.get(name);
    if (own !== undefined) return own;
    const read = globalKeys.get(name);
    if (read) return read(this.#asked);
    if (name.startsWith(tagPrefix)) return this.#tag(name.slice(tagPrefix.length));
    const { webIdentity } = this.#asked.facts.session ?? {};
    return webIdentity && issuerKeys(webIdentity).find(([known]) => known === name)?.[1];
  }

  #tag(lower: string): Value {
    return this.#asked.facts.tags.findLast(({ Key }) => lowerName(Key) === lower)?.Value;
  }

  *keys(): Iterable<string> {
    const names = new Set(this.#own.keys());
    for (const name of globalKeys.keys()) names.add(name);
    const { tags, session } = this.#asked.facts;
    for (const { Key } of tags) names.add(tagPrefix + lowerName(Key));
    if (session?.webIdentity) for (const [name] of issuerKeys(session.webIdentity)) names.add(name);
    for (const name of names) if (this.get(name) !== undefined) yield name;
  }
}
