import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { awsEnvironment } from "./outside-programs.ts";
import type { Server } from "../src/server.ts";

/** For `{ skip }`: false, or what this machine lacks in one line. */
export const awsSessionMissing: string | false =
  spawnSync("python3", ["-c", "import awscli.clidriver"], { stdio: "ignore" }).status === 0
    ? false
    : "the AWS CLI is not installed for python3";

/** Runs the AWS CLI's own driver once for every line of words: starting it is most of what a call costs. */
const program = `
import contextlib, io, json, sys
from awscli.clidriver import create_clidriver
driver = create_clidriver()
print(json.dumps(driver.session.get_service_model("kms").operation_names), flush=True)
for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = driver.main(json.loads(line))
        except SystemExit as end:
            code = end.code
    print(json.dumps({"code": code, "out": out.getvalue(), "err": err.getvalue()}), flush=True)
`;

/** Options of a command: `{ "key-id": id, "multi-region": true }`. */
export type Options = Readonly<Record<string, string | number | true | readonly string[]>>;

export interface AwsSession extends AsyncDisposable {
  /** Operations that this version of the CLI knows. */
  readonly known: readonly string[];
  /** Operations that have succeeded. */
  readonly succeeded: Set<string>;
  /** `aws kms …` for an operation by its name in the API: its answer; rejects with its words. */
  kms(operation: string, options?: Options): Promise<Record<string, any>>;
}

/** `aws` as root of the well-known account, many times in one process. */
export async function awsSession(server: Server): Promise<AwsSession> {
  const child = spawn("python3", ["-c", program], { env: awsEnvironment(server), stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<any> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("the AWS CLI has ended");
    return JSON.parse(value) as unknown;
  };
  const known = (await answer()) as string[];
  const succeeded = new Set<string>();
  return {
    known,
    succeeded,
    kms: async (operation, options = {}) => {
      const words = ["kms", commandOf(operation), ...wordsOf(options), "--output", "json"];
      child.stdin.write(`${JSON.stringify(words)}\n`);
      const { code, out, err } = (await answer()) as { code: number; out: string; err: string };
      if (code !== 0) throw new Error(`aws ${words.join(" ")} ended with ${code}: ${err.trim()}`);
      succeeded.add(operation);
      return (out.trim() === "" ? {} : JSON.parse(out)) as Record<string, any>;
    },
    [Symbol.asyncDispose]: () => {
      child.stdin.end();
      return new Promise((resolve) => child.once("close", () => resolve()));
    },
  };
}

/** `GenerateDataKeyPair` → `generate-data-key-pair` */
const commandOf = (operation: string): string =>
  operation.replaceAll(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

const wordsOf = (options: Options): string[] =>
  Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, ...(typeof value === "object" ? value : [String(value)])],
  );
