import type { Caller, CallerFacts, SessionFacts } from "../identity/caller.ts";

/** The text of who signs without a session, which is many records' text. */
const identities = new Map<string, string>();
const identitiesMost = 1000;

/** Who called, as JSON, in a record of the caller's own account. */
export function userIdentity({ facts }: Caller): string {
  const { kind, arn, userId, accessKeyId, invokedBy, session, webIdentity } = facts;
  // A web identity's name does not say where its parts end.
  const passing = session !== undefined || webIdentity !== undefined;
  const name = passing ? "" : `${kind}\n${arn}\n${userId}\n${accessKeyId}\n${facts.service}\n${invokedBy}`;
  const known = identities.get(name);
  if (known !== undefined) return known;
  const made = JSON.stringify({ ...identityOf(facts), invokedBy });
  if (passing) return made;
  if (identities.size >= identitiesMost) identities.clear();
  identities.set(name, made);
  return made;
}

function identityOf(facts: CallerFacts): object {
  const { kind, arn, account, userId, session } = facts;
  // What AWS does for an account signs with no key of its own.
  const accessKeyId = facts.accessKeyId === "" ? undefined : facts.accessKeyId;
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
  const { sourceIdentity, webIdentity } = session ?? {};
  const { type, uniqueId, arn: issuerArn, name } = session?.issuer ?? roleOf(facts);
  const userName = type === "Root" ? undefined : name;
  const sessionIssuer = { type, principalId: uniqueId, arn: issuerArn, accountId: account, userName };
  const webIdFederationData = webIdentity && { federatedProvider: webIdentity.provider, attributes: {} };
  const sessionContext = {
    sessionIssuer,
    webIdFederationData,
    attributes,
    ...(sourceIdentity !== undefined && { sourceIdentity }),
  };
  return { type: kind === "role-session" ? "AssumedRole" : "FederatedUser", ...common, sessionContext };
}

/** The role of what AWS does for an account, which issues no credentials. */
const roleOf = ({ principalArn, uniqueId }: CallerFacts): NonNullable<SessionFacts["issuer"]> => ({
  type: "Role",
  arn: principalArn,
  name: principalArn.slice(principalArn.lastIndexOf("/") + 1),
  uniqueId,
});

/** Another account's record names the caller's account, and not how it signed. */
export const foreignIdentity = ({ facts }: Caller): string =>
  JSON.stringify(
    facts.kind === "service"
      ? { ...identityOf(facts), invokedBy: facts.invokedBy }
      : { type: "AWSAccount", principalId: facts.userId, accountId: facts.account, invokedBy: facts.invokedBy },
  );
