import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

// Runs apart from everything else: `node oracle.mjs /path/to/iam-simulate/dist/esm/index.js`. A simulation a line in,
// its result a line out. The evaluator is another's work under another licence; it is neither part of this program
// nor read by it.
const { runSimulation } = await import(pathToFileURL(process.argv[2]).href);

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await runSimulation(JSON.parse(line), {});
  const result = answer.resultType === "error" ? `error: ${JSON.stringify(answer.errors)}` : answer.overallResult;
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
