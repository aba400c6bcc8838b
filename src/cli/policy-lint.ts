import type { PolicyKind } from "../policy/compile.ts";
import { PolicyGrammarError } from "../policy/compile.ts";
import { type Finding, kindOf, lintPolicy } from "../policy/lint.ts";
import { type Terminal, UsageError } from "./command.ts";
import { readDocument } from "./policy-file.ts";

const kinds: readonly string[] = ["identity", "key", "trust", "resource", "session"];

interface Found extends Finding {
  readonly file: string;
}

export async function lintFiles(
  files: readonly string[],
  { kind, json }: { readonly kind?: string; readonly json?: true },
  terminal: Terminal,
): Promise<number> {
  if (kind !== undefined && !kinds.includes(kind))
    throw new UsageError(`Cannot lint a policy of kind "${kind}": it is one of ${kinds.join(", ")}`);
  const found: Found[] = [];
  for (const file of files) {
    const text = JSON.stringify(await readDocument(file));
    found.push(...findings(text, kind as PolicyKind | undefined).map((one) => ({ file, ...one })));
  }
  if (json) terminal.print(JSON.stringify(found));
  else {
    for (const { file, statement, rule, says } of found)
      terminal.print(`${file}: ${statement === undefined ? "" : `"${statement}" `}${says} (${rule})`);
    if (found.length === 0) terminal.print("nothing found");
  }
  return found.length === 0 ? 0 : 1;
}

function findings(text: string, kind: PolicyKind | undefined): Finding[] {
  try {
    return lintPolicy(text, kind ?? kindOf(text));
  } catch (error) {
    if (error instanceof PolicyGrammarError) return [{ rule: "malformed", says: `it is no policy: ${error.message}` }];
    if (error instanceof TypeError) return [{ rule: "malformed", says: "it is no policy" }];
    throw error;
  }
}
