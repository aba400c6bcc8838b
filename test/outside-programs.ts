import { spawnSync } from "node:child_process";
import { type Ran, ran } from "./cli-kit.ts";
import type { Credentials } from "./kit.ts";
import { root } from "./kit.ts";
import type { Server } from "../src/server.ts";

const runs = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: "ignore" }).status === 0;

/** For `{ skip }`: false, or what this machine lacks in one line. */
export const awsCliMissing: string | false = runs("aws", "--version") ? false : "the AWS CLI is not installed";
export const boto3Missing: string | false = runs("python3", "-c", "import boto3") ? false : "boto3 is not installed";

/** The environment by which AWS's own tools find a server; nothing of this machine's own settings. */
export function awsEnvironment(server: Server, as: Credentials = root): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return {
    PATH,
    HOME,
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: "eu-west-1",
    AWS_DEFAULT_REGION: "eu-west-1",
    AWS_PAGER: "",
    AWS_CONFIG_FILE: "/nonexistent",
    AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
    AWS_MAX_ATTEMPTS: "1",
    AWS_ACCESS_KEY_ID: as.accessKeyId,
    AWS_SECRET_ACCESS_KEY: as.secretAccessKey,
    ...(as.sessionToken !== undefined && { AWS_SESSION_TOKEN: as.sessionToken }),
  };
}

/** One call of the AWS CLI; its output as JSON. Rejects with what it says when it fails. */
export async function aws<T = Record<string, never>>(
  server: Server,
  words: readonly string[],
  as?: Credentials,
): Promise<T> {
  const { code, out, err } = await awsRan(server, words, as);
  if (code !== 0) throw new Error(`aws ${words.join(" ")} ended with ${code}: ${err.trim()}`);
  return (out.trim() === "" ? {} : JSON.parse(out)) as T;
}

export const awsRan = (server: Server, words: readonly string[], as?: Credentials): Promise<Ran> =>
  ran("aws", [...words, "--output", "json"], awsEnvironment(server, as));
