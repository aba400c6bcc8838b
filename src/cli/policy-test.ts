import { dirname, resolve } from "node:path";
import { PolicyGrammarError } from "../policy/compile.ts";
import type { Because } from "../policy/decision.ts";
import { type RehearsedPrincipal, type RehearsedResource, rehearse, type Written } from "../policy/rehearsal.ts";
import type { AwsEndpoint } from "./aws-client.ts";
import { type Terminal, UsageError } from "./command.ts";
import { askInstallation } from "./installation.ts";
import { readDocument } from "./policy-file.ts";

interface Expectation {
  readonly principal: string;
  readonly action: string;
  readonly resource?: string;
  readonly key?: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
  readonly expect: "allow" | "deny" | "explicit deny" | "implicit deny";
}

interface Scene {
  readonly rule?: string;
  readonly principals?: Readonly<Record<string, RehearsedPrincipal>>;
  readonly resources?: Readonly<Record<string, RehearsedResource>>;
  readonly keys?: Readonly<Record<string, RehearsedResource>>;
  readonly expectations?: readonly Expectation[];
}

interface Result {
  readonly file: string;
  readonly rule?: string;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly context?: Expectation["context"];
  readonly expect: string;
  readonly because: Because;
  readonly holds: boolean;
}

interface Where {
  readonly server?: AwsEndpoint;
  readonly json: boolean;
}

export async function testFiles(
  files: readonly string[],
  { server, json }: Where,
  terminal: Terminal,
): Promise<number> {
  const results: Result[] = [];
  for (const file of files)
    for (const scene of await scenesOf(file))
      for (const one of scene.expectations ?? []) results.push(await resultOf(file, scene, one, server));
  if (results.length === 0) throw new UsageError(`Cannot test ${files.join(", ")}: there are no expectations`);
  const broken = results.filter(({ holds }) => !holds);
  if (json) terminal.print(JSON.stringify(results));
  else {
    for (const one of broken) for (const line of difference(one)) terminal.print(line);
    terminal.print(`${results.length - broken.length} of ${results.length} expectations hold`);
  }
  return broken.length === 0 ? 0 : 1;
}

/** A file is one scene, or a list of cases over what it has in common. */
async function scenesOf(file: string): Promise<Scene[]> {
  const document = await readDocument(file);
  if (typeof document !== "object" || document === null)
    throw new UsageError(`Cannot test "${file}": it holds no object`);
  const { cases, ...base } = document as Scene & { cases?: readonly Scene[] };
  if (cases !== undefined && !Array.isArray(cases)) throw new UsageError(`Cannot test "${file}": cases is a list`);
  const all: readonly Scene[] = [base, ...(cases ?? [])];
  return Promise.all(
    all.map(async (one) => ({
      ...one,
      principals: await filled({ ...base.principals, ...one.principals }, file),
      resources: await filled({ ...base.resources, ...base.keys, ...one.resources, ...one.keys }, file),
    })),
  );
}

/** Names of files in the place of documents are replaced by what the files hold. */
async function filled<T extends object>(named: Readonly<Record<string, T>>, file: string): Promise<Record<string, T>> {
  const document = async (written: Written): Promise<Written> =>
    typeof written === "string" && !/^\s*\{/.test(written)
      ? ((await readDocument(resolve(dirname(file), written))) as object)
      : written;
  const member = async (value: unknown, name: string): Promise<unknown> => {
    if (name === "policy" || name === "boundary") return document(value as Written);
    if (!["policies", "session", "resourceControl", "serviceControl"].includes(name)) return value;
    return Promise.all(
      (value as unknown[]).map((one) =>
        Array.isArray(one) ? Promise.all(one.map(document)) : document(one as Written),
      ),
    );
  };
  const entries = Object.entries(named).map(async ([name, value]) => {
    const members = Object.entries(value).map(async ([key, content]) => [key, await member(content, key)] as const);
    return [name, Object.fromEntries(await Promise.all(members)) as T] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function resultOf(
  file: string,
  scene: Scene,
  expectation: Expectation,
  server: AwsEndpoint | undefined,
): Promise<Result> {
  const { principal, action, context, expect } = expectation;
  const { principals = {}, resources = {} } = scene;
  const resource = expectation.resource ?? expectation.key ?? Object.keys(resources)[0] ?? "";
  const where = `${principal} ${action} in "${file}"`;
  if (!["allow", "deny", "explicit deny", "implicit deny"].includes(expect))
    throw new UsageError(`Cannot test ${where}: expect is allow or deny, not "${expect}"`);
  const asked = { action, ...(context && { context }) };
  let because: Because;
  if (server) {
    const input = {
      principal: principals[principal]?.arn ?? principal,
      key: resources[resource]?.arn ?? resource,
      ...asked,
    };
    ({ because } = await askInstallation<{ because: Because }>(server, "POST", "rehearsal", input));
  } else {
    const [who, what] = [principals[principal], resources[resource]];
    if (!who || !what)
      throw new UsageError(
        `Cannot test ${where}: there is no ${who ? `resource "${resource}"` : `principal "${principal}"`}`,
      );
    try {
      ({ because } = rehearse(who, what, asked));
    } catch (error) {
      if (error instanceof PolicyGrammarError)
        throw new UsageError(`Cannot test ${where}: a policy is malformed: ${error.message}`);
      throw error;
    }
  }
  const holds = expect === "deny" ? because.effect !== "allow" : because.effect === expect;
  return {
    file,
    ...(scene.rule !== undefined && { rule: scene.rule }),
    principal,
    action,
    resource,
    ...(context && { context }),
    expect,
    because,
    holds,
  };
}

function difference({ file, rule, principal, action, resource, context, expect, because }: Result): string[] {
  const by =
    because.policy === undefined
      ? because.type
      : `${because.statement === undefined ? "" : `"${because.statement}" of `}${because.policy}`;
  return [
    `${file}: ${principal} ${action} ${resource}${context === undefined ? "" : ` ${JSON.stringify(context)}`}${rule === undefined ? "" : ` (${rule})`}`,
    `- ${expect}`,
    `+ ${because.effect}: ${because.effect === "implicit deny" ? `no ${because.type} allows it` : by}`,
  ];
}
