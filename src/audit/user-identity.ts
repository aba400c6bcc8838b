import type { Caller, CallerFacts } from "../identity/caller.ts";

/** The text of who signs without a session, which is many records' text. */
const identities = new Map<string, string>();
const identitiesMost = 1000;

/** CloudTrail's userIdentity. */
export function userIdentity({ facts }: Caller): string {
  const { kind, arn, userId, accessKeyId, invokedBy, session } = facts;
  const name = session ? "" : `${kind}\n${arn}\n${userId}\n${accessKeyId}\n${facts.service}\n${invokedBy}`;
  const known = identities.get(name);
  if (known !== undefined) return known;
  const made = JSON.stringify({ ...identityOf(facts), invokedBy });
  if (session) return made;
  if (identities.size >= identitiesMost) identities.clear();
  identities.set(name, made);
  return made;
}

function identityOf(facts: CallerFacts): object {
  const { kind, arn, account, accessKeyId, userId, session } = facts;
  const common = { principalId: userId, arn, accountId: account, accessKeyId };
  const attributes = session && {
    creationDate: `${new Date(session.issuedAt).toISOString().slice(0, 19)}Z`,
    mfaAuthenticated: String(session.mfa),
  };
  if (kind === "root") return { type: "Root", ...common, ...(attributes && { sessionContext: { attributes } }) };
  if (kind === "user")
    return {
      type: "IAMUser",
      ...common,
      userName: facts.userName,
      ...(attributes && { sessionContext: { attributes } }),
    };
  if (facts.webIdentity) {
    const { subject: userName, provider: identityProvider } = facts.webIdentity;
    return { type: "WebIdentityUser", principalId: userId, userName, identityProvider };
  }
  if (kind === "service") return { type: "AWSService", invokedBy: facts.service };
  const { issuer, sourceIdentity, webIdentity } = session ?? {};
  const sessionIssuer = issuer && {
    type: issuer.type,
    principalId: issuer.uniqueId,
    arn: issuer.arn,
    accountId: account,
    userName: issuer.name,
  };
  const webIdFederationData = webIdentity && { federatedProvider: webIdentity.provider, attributes: {} };
  const sessionContext = {
    sessionIssuer,
    webIdFederationData,
    attributes,
    ...(sourceIdentity !== undefined && { sourceIdentity }),
  };
  return { type: kind === "role-session" ? "AssumedRole" : "FederatedUser", ...common, sessionContext };
}

/** Another account's record names the caller's account, and not how it signed. */
export const foreignIdentity = ({ facts }: Caller): string =>
  JSON.stringify(
    facts.kind === "service"
      ? { ...identityOf(facts), invokedBy: facts.invokedBy }
      : { type: "AWSAccount", principalId: facts.userId, accountId: facts.account, invokedBy: facts.invokedBy },
  );
