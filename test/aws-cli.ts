import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import type { TestServer } from "./kit.ts";

/** For `{ skip: withoutCli }`: says in one line why, or false. */
export const withoutCli: string | false =
  spawnSync("aws", ["--version"]).status === 0 ? false : "the AWS CLI is not on this machine";

const run = promisify(execFile);

/** `aws kms …` as root of the well-known account: its answer; rejects with its words. */
export async function awsKms(server: TestServer, ...args: readonly string[]): Promise<Record<string, any>> {
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_DEFAULT_REGION: "eu-west-1",
    AWS_CONFIG_FILE: "/nonexistent",
    AWS_MAX_ATTEMPTS: "1",
  };
  const whole = ["--endpoint-url", server.url, "--output", "json", "kms", ...args];
  const { stdout } = await run("aws", whole, { env, timeout: 60_000 });
  return JSON.parse(stdout === "" ? "{}" : stdout) as Record<string, any>;
}
