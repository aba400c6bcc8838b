import { type Command, command, UsageError } from "./command.ts";
import { installation, installationFlags, installationHelp } from "./installation.ts";
import { lintFiles } from "./policy-lint.ts";
import { testFiles } from "./policy-test.ts";

const help = `claviger policy test FILE... [--server] [--endpoint URL] [--profile NAME] [--json]
claviger policy lint FILE... [--kind identity|key|trust|resource|session] [--json]

test runs a team's own expectations (who, which action, on what, with which context: allow or deny) against the
policies that the file holds or names, with no service; or, with --server, against the principals and keys of a
running one. lint warns of what is legal and dangerous: open principals, conditions that a missing key meets,
statements without effect, lockouts. Files are JSON or YAML; docs/policies.md draws their form.

The exit code is 0 when every expectation holds and nothing is found, 1 otherwise, 2 for a file that cannot be read.

  --server          decide at the running service
  --kind KIND       what the document is; guessed when it is left out
${installationHelp}
  --json            for programs

  claviger policy test access.yaml
  claviger policy lint key-policy.json`;

export const policy: Command = command(
  help,
  { ...installationFlags, server: "switch", kind: "text", json: "switch" },
  async ({ flags, positionals: [verb, ...files] }, terminal) => {
    if (files.length === 0 || (verb !== "test" && verb !== "lint"))
      throw new UsageError("Cannot tell what to do: test or lint, and a file", "claviger help policy");
    if (verb === "lint") return lintFiles(files, flags, terminal);
    const server = flags.server ? installation(flags, terminal) : undefined;
    return testFiles(files, { ...(server && { server }), json: flags.json === true }, terminal);
  },
);
