import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { STSClient } from "@aws-sdk/client-sts";
import { type Seams, type Server, startServer } from "../src/server.ts";
import { readConfig, type Settings } from "../src/config.ts";

/** A whole server for a test: `await using server = await testServer()`. Nothing of it is kept. */
export interface TestServer extends Server, AsyncDisposable {}

export async function testServer(settings: Settings = { ephemeral: true }, seams: Seams = {}): Promise<TestServer> {
  const server = await startServer(readConfig("development", { port: 0, ...settings }), seams);
  return { ...server, [Symbol.asyncDispose]: () => server.close() };
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Root of account 000000000000 in development mode. */
export const root: Credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** Root of any other account, made on first use. */
export const rootOf = (account: string): Credentials => ({ accessKeyId: account, secretAccessKey: "test" });

/** What any client of the official SDK is made with. */
export const settingsOf = (
  server: Server,
  credentials: Credentials = root,
  region = "eu-west-1",
): { endpoint: string; region: string; credentials: Credentials; maxAttempts: number } => ({
  endpoint: server.url,
  region,
  credentials,
  maxAttempts: 1,
});

export const kms = (server: Server, credentials: Credentials = root, region = "eu-west-1"): KMSClient =>
  new KMSClient(settingsOf(server, credentials, region));
export const iam = (server: Server, credentials: Credentials = root): IAMClient =>
  new IAMClient(settingsOf(server, credentials, "us-east-1"));
export const sts = (server: Server, credentials: Credentials = root): STSClient =>
  new STSClient(settingsOf(server, credentials, "us-east-1"));
