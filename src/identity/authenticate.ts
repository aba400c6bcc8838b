import { randomBytes } from "node:crypto";
import { FixedHmac } from "../crypto/kdf.ts";
import { readClaim, type Claim } from "../sigv4/claim.ts";
import { checkClaim, checkSignature } from "../sigv4/verify.ts";
import { reference } from "../store/store.ts";
import type { WireRequest, WireService } from "../wire/protocol.ts";
import type { Caller, SessionFacts } from "./caller.ts";
import type { AccessKey } from "./entities.ts";
import { originOf } from "./origin.ts";
import { type Credential, type Origin, rootCaller, unknownCredential, userCaller, type World } from "./principals.ts";
import { sessionCaller } from "./sessions.ts";

export interface Authenticated {
  readonly caller: Caller;
  readonly region: string;
}

/**
 * Who signed the request: the claim is read, the credential found, the signature checked; then, and only then, there
 * is a Caller. Throws AwsError with AWS's texts (iam.md, section 4).
 */
export function authenticate(request: WireRequest, service: WireService, world: World): Authenticated {
  const claim = readClaim(request);
  checkClaim(claim, request, { service: service.name, skewMinutes: service.skewMinutes, now: world.clocks.wall() });
  const credential = findCredential(claim, originOf(request), world);
  if (!credential) return refuseUnknown(claim, request);
  const { date, region } = claim;
  const key = world.signingKeys.get(credential.identity, date, region, claim.service, () => credential.secret());
  checkSignature(claim, request, key, takesUnsigned(service, request));
  const caller = credential.caller();
  // Credentials of GetSessionToken and GetFederationToken cannot call IAM without MFA (iam.md, section 5).
  if (service.name === "iam" && caller.facts.session && !mayCallIam(caller.facts.session)) return unknownCredential();
  return { caller, region: service.homeRegion ?? region };
}

const mayCallIam = ({ kind, mfa }: SessionFacts): boolean =>
  kind === "assumed-role" || (kind === "session-token" && mfa);

/** REST operations alone may take a body that is not signed. */
function takesUnsigned(service: WireService, request: WireRequest): boolean {
  if (!service.protocol.startsWith("rest-")) return false;
  return service.operations.get(service.operationOf(request))?.unsignedPayload === true;
}

/** Nobody's key: random, made at start. */
const nobody = new FixedHmac(randomBytes(32));

/** An unknown id costs the same work as a wrong secret, so that time does not tell which ids exist. */
function refuseUnknown(claim: Claim, request: WireRequest): never {
  try {
    checkSignature(claim, request, nobody);
  } catch {
    // Whatever came of it, the answer is the same.
  }
  return unknownCredential();
}

function findCredential(claim: Claim, origin: Origin, world: World): Credential | undefined {
  const { accessKeyId } = claim;
  if (claim.sessionToken !== undefined) return sessionCaller(claim, claim.sessionToken, origin, world);
  if (world.development.accountKeys && (accessKeyId === "test" || /^\d{12}$/.test(accessKeyId)))
    return developmentRoot(accessKeyId, origin);
  const key = world.entities.get<AccessKey>("access-key", accessKeyId);
  const secret = key?.row.secret;
  if (!key || !secret || key.content.status !== "Active") return undefined;
  return {
    identity: `${accessKeyId}#${key.row.version}`,
    secret: () => world.seal.openCredential({ kind: "access-key", id: accessKeyId }, secret).toString(),
    caller: () => keyHolder(key.content, origin, world),
  };
}

function developmentRoot(accessKeyId: string, origin: Origin): Credential {
  const account = accessKeyId === "test" ? "000000000000" : accessKeyId;
  return { identity: accessKeyId, secret: () => "test", caller: () => rootCaller(account, accessKeyId, origin, []) };
}

function keyHolder(key: AccessKey, origin: Origin, world: World): Caller {
  const used = [reference.row("access-key", key.id)];
  if (key.userName === undefined) return rootCaller(key.account, key.id, origin, used);
  return userCaller(key.account, key.userName, key.id, origin, used, world) ?? unknownCredential();
}
