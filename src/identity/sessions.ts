import { stsArn } from "../arn.ts";
import { refuse } from "../errors.ts";
import type { Claim } from "../sigv4/claim.ts";
import { reference } from "../store/store.ts";
import { type Credential, type Origin, rootCaller, unknownCredential, userCaller, type World } from "./principals.ts";
import { authorityOf, sessionPolicies } from "./authority.ts";
import { Caller, type CallerFacts } from "./caller.ts";
import type { AccessKey, Role, Tag } from "./entities.ts";
import { openSession, type SessionClaims, sessionSecret } from "./session-token.ts";
import { lowerName } from "../policy/lower-name.ts";

/** Temporary credentials: the token says who, the store says whether that entity is still the same one. */
export function sessionCaller(claim: Claim, token: string, origin: Origin, world: World): Credential | undefined {
  const { accessKeyId } = claim;
  const session = openSession(world.seal, accessKeyId, token);
  if (!session) return undefined;
  return {
    identity: accessKeyId,
    secret: () => sessionSecret(world.seal, accessKeyId),
    caller: () => {
      if (session.expiresAt <= world.clocks.wall())
        refuse("ExpiredTokenException", "The security token included in the request is expired", 403);
      return continuedSession(session, accessKeyId, origin, world);
    },
  };
}

/** The session as it stands now, whatever its expiry: the entity must be the same one, its policies are read anew. */
export function continuedSession(session: SessionClaims, accessKeyId: string, origin: Origin, world: World): Caller {
  if (session.kind === "assumed-role") return roleCaller(session, accessKeyId, origin, world);
  const caller = tokenCaller(session, accessKeyId, origin, world);
  return session.kind === "federated-user" ? federatedCaller(session, caller, world) : caller;
}

function roleCaller(session: SessionClaims, accessKeyId: string, origin: Origin, world: World): Caller {
  const used = [reference.row("role", session.entityId)];
  const role = world.entities.get<Role>("role", session.entityId);
  // A role that was deleted, even if one of its name exists again, has no sessions.
  if (!role || role.content.uniqueId !== session.uniqueId) return unknownCredential();
  const { account, name, arn, uniqueId } = role.content;
  const reading = { entities: world.entities, used };
  const own = authorityOf(role, reading);
  const authority = session.policies ? { ...own, session: sessionPolicies(session.policies, reading) } : own;
  const facts: CallerFacts = {
    kind: "role-session",
    account,
    arn: stsArn(account, `assumed-role/${name}/${session.name}`),
    principalArn: arn,
    uniqueId,
    userId: `${uniqueId}:${session.name}`,
    accessKeyId,
    session: { ...session, issuer: { type: "Role", arn, name, uniqueId } },
    tags: overridden(role.content.tags, session.tags),
    used,
    ...origin,
  };
  return Caller.make(facts, () => authority);
}

/**
 * GetSessionToken: the same user or root, for a while. Differs: the session ends with the access key that asked for it;
 * on AWS it outlives a key that is deactivated or deleted.
 */
function tokenCaller(session: SessionClaims, accessKeyId: string, origin: Origin, world: World): Caller {
  const used: string[] = [];
  if (session.askedWith !== undefined) {
    used.push(reference.row("access-key", session.askedWith));
    const key = world.entities.get<AccessKey>("access-key", session.askedWith);
    if (key?.content.status !== "Active") return unknownCredential();
  }
  const [account = "", name = ""] = session.entityId.split("/");
  const caller =
    name === ""
      ? rootCaller(session.account, accessKeyId, origin, used)
      : userCaller(account, name, accessKeyId, origin, used, world);
  if (!caller || caller.facts.uniqueId !== session.uniqueId) return unknownCredential();
  return Caller.make({ ...caller.facts, session }, () => caller.authority);
}

/** GetFederationToken: within the user's policies and the session's, of which there must be some (iam.md, section 1.1). */
function federatedCaller(session: SessionClaims, issuer: Caller, { entities }: World): Caller {
  const { userName: _user, ...facts } = issuer.facts;
  const used = [...facts.used];
  const arn = stsArn(session.account, `federated-user/${session.name}`);
  const authority = {
    ...issuer.authority,
    session: sessionPolicies(session.policies ?? { texts: [], arns: [] }, { entities, used }),
  };
  const own = { kind: "federated-user", arn, principalArn: arn, userId: `${session.account}:${session.name}` } as const;
  const issuedBy = {
    type: facts.kind === "root" ? "Root" : "IAMUser",
    arn: facts.arn,
    name: issuer.facts.userName ?? "root",
    uniqueId: facts.uniqueId,
  } as const;
  const told = {
    ...facts,
    ...own,
    session: { ...session, issuer: issuedBy },
    tags: overridden(facts.tags, session.tags),
    used,
  };
  return Caller.make(told, () => authority);
}

function overridden(role: readonly Tag[], session: readonly Tag[]): Tag[] {
  const keys = new Set(session.map(({ Key }) => lowerName(Key)));
  return [...role.filter(({ Key }) => !keys.has(lowerName(Key))), ...session];
}
