import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { CreateOpenIDConnectProviderCommand } from "@aws-sdk/client-iam";
import { AssumeRoleWithWebIdentityCommand, type AssumeRoleWithWebIdentityResponse } from "@aws-sdk/client-sts";
import { certify } from "./certificates.ts";
import { audience, type Issuer, issuerHost, openIssuer } from "./issuer.ts";
import { iam, sts, type TestServer, testServer } from "./kit.ts";
import { account, newRole, roleArn } from "./sts-kit.ts";

export const folder: string = mkdtempSync(join(tmpdir(), "claviger-issuer-"));
after(() => rmSync(folder, { recursive: true, force: true }));
export const providerArn: string = `arn:aws:iam::${account}:oidc-provider/${issuerHost}`;

export const trust = (Condition: object = {}, Action: string[] = ["sts:AssumeRoleWithWebIdentity"]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Federated: providerArn }, Action, Condition }],
  });

export const ours: object = {
  StringEquals: { [`${issuerHost}:aud`]: audience },
  StringLike: { [`${issuerHost}:sub`]: "repo:a/*" },
};

export interface Scene extends AsyncDisposable {
  readonly server: TestServer;
  readonly issuer: Issuer;
  readonly assume: (WebIdentityToken: string, role?: string) => Promise<AssumeRoleWithWebIdentityResponse>;
}

export async function scene(): Promise<Scene> {
  const certified = certify(folder, `DNS:${issuerHost}`);
  const issuer = await openIssuer(certified);
  const host = { host: issuerHost, address: "127.0.0.1", port: issuer.port, caFile: certified.caFile };
  const server = await testServer({ ephemeral: true, outbound: [host] });
  await iam(server).send(
    new CreateOpenIDConnectProviderCommand({ Url: `https://${issuerHost}`, ClientIDList: [audience] }),
  );
  await newRole(server, "web", trust(ours));
  const assume = (WebIdentityToken: string, role = "web") =>
    sts(server).send(
      new AssumeRoleWithWebIdentityCommand({ RoleArn: roleArn(role), RoleSessionName: "build", WebIdentityToken }),
    );
  const close = async () => {
    await server.close();
    await issuer[Symbol.asyncDispose]();
  };
  return { server, issuer, assume, [Symbol.asyncDispose]: close };
}
