import { parseArn, iamArn } from "../arn.ts";
import { refuse } from "../errors.ts";
import { reference } from "../store/store.ts";
import type { WireRequest } from "../wire/protocol.ts";
import { Caller, type CallerFacts, type WebIdentityFacts } from "./caller.ts";
import type { OpenIdProvider } from "./entities.ts";
import { noKeys } from "./issuer-keys.ts";
import { originOf } from "./origin.ts";
import type { World } from "./principals.ts";
import { federatedTags } from "./web-claims.ts";
import { invalidToken, isSignedBy, keysFor, readWebToken, type WebToken } from "./web-tokens.ts";

/** Clocks of issuers may be ahead by this much. */
const aheadSeconds = 300;

/**
 * Who holds a token of an OpenID Connect issuer that the role's account trusts: signature, issuer, audience and times
 * are checked here. What comes back makes the Caller, reading the provider anew each time.
 *
 * Differs: the issuer's certificate is verified as for every call that leaves; the provider's thumbprints are not asked.
 */
export async function admitWebIdentity(
  { RoleArn, WebIdentityToken }: Record<string, unknown>,
  request: WireRequest,
  world: World,
): Promise<() => Caller> {
  const token = readWebToken(WebIdentityToken as string);
  const { iss } = token.claims;
  const account = parseArn(RoleArn as string)?.account ?? "";
  if (typeof iss !== "string" || !iss.startsWith("https://"))
    return invalidToken("The issuer in the token is not a valid URL");
  const arn = iamArn(account, `oidc-provider/${iss.slice("https://".length)}`);
  // Only issuers that an account has named are ever asked for their keys.
  webIdentityOf(token, arn, iss, world);
  const keys = await world.issuerKeys.keysOf(iss, (all) => keysFor(token, all));
  if (keys.length === 0) return noKeys();
  if (!keys.some((key) => isSignedBy(token, key))) return invalidToken("Signature verification failed");
  return () => webCaller(webIdentityOf(token, arn, iss, world), account, request);
}

/** What the token says that the account takes from it. Throws InvalidIdentityToken, IDPRejectedClaim, ExpiredTokenException. */
function webIdentityOf({ claims }: WebToken, providerArn: string, iss: string, world: World): WebIdentityFacts {
  const provider = world.entities.get<OpenIdProvider>("oidc-provider", providerArn)?.content;
  if (!provider) return invalidToken(`No OpenIDConnect provider found in your account for ${iss}`);
  const { sub, aud, azp, exp, iat, nbf, email } = claims;
  if (typeof sub !== "string" || sub === "") return invalidToken("Missing a required claim: sub");
  if (typeof exp !== "number") return invalidToken("Missing a required claim: exp");
  if (typeof iat !== "number") return invalidToken("Missing a required claim: iat");
  const now = Math.floor(world.clocks.wall() / 1000);
  if (now >= exp)
    refuse(
      "ExpiredTokenException",
      `Token expired: current date/time ${now} must be before the expiration date/time ${exp}`,
    );
  if (nbf !== undefined && typeof nbf !== "number") return invalidToken("The claim nbf is not a time");
  if (Math.max(iat, nbf ?? 0) > now + aheadSeconds)
    refuse("IDPRejectedClaim", "The token is not valid yet: the claim iat or nbf lies in the future", 403);
  const audiences = (Array.isArray(aud) ? aud : [aud]).filter((one) => typeof one === "string");
  // A token for several audiences must say which of them it was issued to.
  const audience = typeof azp === "string" ? azp : audiences.length === 1 ? audiences[0] : undefined;
  if (audience === undefined || !provider.clientIds.includes(audience)) return invalidToken("Incorrect token audience");
  const amr = Array.isArray(claims["amr"]) ? claims["amr"].filter((one) => typeof one === "string") : [];
  const issuer = iss.slice("https://".length);
  const told = { provider: providerArn, issuer, subject: sub, audience, audiences, amr, ...federatedTags(claims) };
  return typeof email === "string" ? { ...told, email } : told;
}

/** Its account is the role's, whose trust policy is all that can say yes. */
function webCaller(webIdentity: WebIdentityFacts, account: string, request: WireRequest): Caller {
  const { provider, audience, subject } = webIdentity;
  const name = `${provider}:${audience}:${subject}`;
  const facts: CallerFacts = {
    kind: "web-identity",
    account,
    arn: name,
    principalArn: name,
    uniqueId: name,
    userId: name,
    provider,
    accessKeyId: "",
    tags: [],
    webIdentity,
    used: [reference.row("oidc-provider", provider)],
    ...originOf(request),
  };
  return Caller.make(facts, () => ({ identity: [] }));
}
