#!/usr/bin/env node
import { continueOnPinnedNode } from "./cli/pinned-node.ts";

// Nothing but the check of Node's version is loaded before it has passed: the rest is written for the pinned Node.
if (!continueOnPinnedNode(process.argv.slice(2))) {
  const { runCommandLine } = await import("./cli/command-line.ts");
  process.exitCode = await runCommandLine(process.argv.slice(2));
}
