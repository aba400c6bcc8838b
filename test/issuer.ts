import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certified } from "./certificates.ts";

export const issuerHost = "issuer.test";
export const audience = "client-1";

/** An OpenID Connect issuer over HTTPS that signs whatever it is told. */
export interface Issuer extends AsyncDisposable {
  readonly port: number;
  readonly asked: string[];
  /** Documents by path; a test may change them. One with a `location` is a redirect. */
  readonly documents: Record<string, unknown>;
  readonly rsa: KeyPair;
  readonly ec: KeyPair;
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export async function openIssuer({ key, cert }: Certified): Promise<Issuer> {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const asked: string[] = [];
  const documents: Record<string, unknown> = {
    "/.well-known/openid-configuration": { issuer: `https://${issuerHost}`, jwks_uri: `https://${issuerHost}/keys` },
    "/keys": { keys: [jwk(rsa, "rsa"), jwk(ec, "ec")] },
  };
  const server = createServer({ key, cert }, (request, response) => {
    asked.push(request.url!);
    const document = documents[request.url!];
    const { location } = (document ?? {}) as { location?: string };
    if (location !== undefined) return void response.writeHead(302, { location }).end();
    response.writeHead(document === undefined ? 503 : 200).end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, asked, documents, rsa, ec, [Symbol.asyncDispose]: close };
}

export const jwk = ({ publicKey }: KeyPair, kid: string): object => ({
  ...publicKey.export({ format: "jwk" }),
  kid,
  use: "sig",
});

/** A JOSE header; attackers write more into it. */
interface Header extends Readonly<Record<string, unknown>> {
  readonly alg: string;
}

export const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Claims that are accepted; `more` changes them. */
export const claims = (more: object = {}): object => {
  const now = Math.floor(Date.now() / 1000);
  return { iss: `https://${issuerHost}`, sub: "repo:a/b", aud: audience, iat: now, exp: now + 600, ...more };
};

export function token(issuer: Issuer, more: object = {}, header: Header = rs256): string {
  const text = `${part(header)}.${part(claims(more))}`;
  const { privateKey, publicKey } = header.alg.startsWith("E") ? issuer.ec : issuer.rsa;
  if (header.alg === "none") return `${text}.`;
  const signature = header.alg.startsWith("H")
    ? createHmac("sha256", publicKey.export({ type: "spki", format: "pem" }))
        .update(text)
        .digest()
    : sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}

export const rs256: Header = { alg: "RS256", kid: "rsa" };
export const es256: Header = { alg: "ES256", kid: "ec" };
