import { stsArn } from "../arn.ts";
import { refuse } from "../errors.ts";
import type { Claim } from "../sigv4/claim.ts";
import { reference } from "../store/store.ts";
import { type Credential, type Origin, rootCaller, unknownCredential, userCaller, type World } from "./principals.ts";
import { authorityOf, sessionPolicies } from "./authority.ts";
import { Caller, type CallerFacts } from "./caller.ts";
import type { Role, Tag } from "./entities.ts";
import { openSession, type SessionClaims, sessionSecret } from "./session-token.ts";

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
  return session.kind === "assumed-role"
    ? roleCaller(session, accessKeyId, origin, world)
    : tokenCaller(session, accessKeyId, origin, world);
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
    session: { ...session, issuer: { arn, name, uniqueId } },
    tags: overridden(role.content.tags, session.tags),
    used,
    ...origin,
  };
  return Caller.make(facts, () => authority);
}

/** GetSessionToken: the same user or root, for a while. */
function tokenCaller(session: SessionClaims, accessKeyId: string, origin: Origin, world: World): Caller {
  const used: string[] = [];
  const [account = "", name = ""] = session.entityId.split("/");
  const caller =
    name === ""
      ? rootCaller(session.account, accessKeyId, origin, used)
      : userCaller(account, name, accessKeyId, origin, used, world);
  if (!caller || caller.facts.uniqueId !== session.uniqueId) return unknownCredential();
  return Caller.make({ ...caller.facts, session }, () => caller.authority);
}

function overridden(role: readonly Tag[], session: readonly Tag[]): Tag[] {
  const keys = new Set(session.map(({ Key }) => Key.toLowerCase()));
  return [...role.filter(({ Key }) => !keys.has(Key.toLowerCase())), ...session];
}
