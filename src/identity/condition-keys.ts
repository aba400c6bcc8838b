import type { Ask, Call } from "../operation.ts";

/** The global condition keys that a server can supply truthfully (iam.md, section 1.5); names in lower case. */
export function callerContext(
  call: Call,
  ask: Pick<Ask, "resourceAccount">,
  service: string,
): Map<string, string | readonly string[]> {
  const { facts } = call.caller;
  const context = new Map<string, string | readonly string[]>([
    ["aws:principalarn", facts.principalArn],
    ["aws:principalaccount", facts.account],
    ["aws:principaltype", principalType[facts.kind]],
    ["aws:userid", facts.userId],
    ["aws:currenttime", new Date(call.now).toISOString()],
    ["aws:epochtime", String(Math.floor(call.now / 1000))],
    ["aws:securetransport", String(facts.secure)],
    ["aws:requestedregion", call.region],
    ["aws:viaawsservice", String(facts.viaService !== undefined)],
    ["aws:principalisawsservice", String(facts.kind === "service")],
    ["aws:resourceaccount", ask.resourceAccount],
  ]);
  if (facts.sourceAddress !== "") context.set("aws:sourceip", facts.sourceAddress);
  if (facts.onBehalfOf) {
    context.set("aws:sourcearn", facts.onBehalfOf.arn);
    context.set("aws:sourceaccount", facts.onBehalfOf.account);
  }
  if (facts.userAgent !== "") context.set("aws:useragent", facts.userAgent);
  if (facts.kind === "user" && facts.userName !== undefined) context.set("aws:username", facts.userName);
  if (facts.viaService !== undefined)
    context.set("aws:calledvia", [facts.viaService.replace(/\..*$/, ".amazonaws.com")]);
  for (const { Key, Value } of facts.tags) context.set(`aws:principaltag/${Key.toLowerCase()}`, Value);
  const { session } = facts;
  if (session) {
    context.set("aws:tokenissuetime", new Date(session.issuedAt).toISOString());
    context.set("aws:multifactorauthpresent", String(session.mfa));
    if (session.sourceIdentity !== undefined) context.set("aws:sourceidentity", session.sourceIdentity);
  }
  if (service === "kms") {
    context.set("kms:calleraccount", facts.account);
    if (facts.viaService !== undefined) context.set("kms:viaservice", facts.viaService);
  }
  return context;
}

const principalType = {
  root: "Account",
  user: "User",
  "role-session": "AssumedRole",
  "federated-user": "FederatedUser",
  service: "Service",
} as const;
