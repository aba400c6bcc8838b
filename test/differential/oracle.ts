import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rehearsedQuestion, type Written } from "../../src/policy/rehearsal.ts";
import type { RandomCase } from "./cases.ts";

/** Where .ci/run installs the evaluator: outside the repository, of which it is no part. */
const folder =
  process.env.CLAVIGER_POLICY_ORACLE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "claviger-ci", "policy-oracle");
const entry = join(folder, "node_modules/@cloud-copilot/iam-simulate/dist/esm/index.js");

export const oracleInstalled: boolean = existsSync(entry);

const effects: Readonly<Record<string, string>> = {
  Allowed: "allow",
  ImplicitlyDenied: "implicit deny",
  ExplicitlyDenied: "explicit deny",
};

/** What the other evaluator says of each case, in their order. */
export async function askOracle(cases: readonly RandomCase[]): Promise<string[]> {
  const child = spawn(process.execPath, [fileURLToPath(new URL("oracle.mjs", import.meta.url)), entry], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(cases.map((one) => `${JSON.stringify(simulation(one))}\n`).join(""));
  let text = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) text += chunk;
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as string)
    .map((answer) => effects[answer] ?? answer);
}

/** The other evaluator leaves out what is not spelled as in AWS's lists. */
const spelledOut = new Map(
  [
    "kms:EncryptionAlgorithm",
    "kms:EncryptionContextKeys",
    "kms:CallerAccount",
    "aws:SecureTransport",
    "aws:SourceIp",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:PrincipalType",
    "aws:PrincipalTag/team",
    "aws:ResourceAccount",
    "aws:ViaAWSService",
    "aws:PrincipalIsAWSService",
  ].map((name) => [name.toLowerCase(), name]),
);

function simulation({ principal, resource, asked }: RandomCase): object {
  const { context } = rehearsedQuestion(principal, resource, asked);
  const contextVariables = Object.fromEntries(
    [...context.keys()].map((name) => [spelledOut.get(name) ?? name, context.get(name)]),
  );
  const { policies, boundary, session, serviceControl = [] } = principal;
  return {
    request: {
      principal: principal.arn,
      action: asked.action,
      resource: { resource: resource.arn, accountId: resource.arn.split(":")[4] },
      contextVariables,
    },
    identityPolicies: named(policies),
    serviceControlPolicies: serviceControl.map((level, index) => ({
      orgIdentifier: `level-${index}`,
      policies: named(level),
    })),
    resourceControlPolicies: resource.resourceControl
      ? [{ orgIdentifier: "root", policies: named(resource.resourceControl) }]
      : [],
    resourcePolicy: resource.policy,
    ...(boundary !== undefined && { permissionBoundaryPolicies: named([boundary]) }),
    ...(session && { sessionPolicy: session[0] }),
  };
}

const named = (documents: readonly Written[] = []): object[] =>
  documents.map((policy, index) => ({ name: `policy-${index}`, policy }));
