/**
 * Patterns run on a backtracking engine over what callers send. A group that repeats and holds something that repeats
 * can take exponential time; such a pattern is refused unless it stands here, reviewed.
 */
/** "linear", or an equal expression that is. */
const reviewed: Readonly<Record<string, string>> = {
  // Every round starts with a character that the rest of the round cannot match.
  "^([A-Za-z0-9\\-]+)\\.([A-Za-z0-9\\-]+)(\\.[A-Za-z0-9\\-]+)+$": "linear",
  "((/[A-Za-z0-9\\.,\\+@=_-]+)*)/": "linear",
  "(^[a-zA-Z0-9.!#$%&'*+=?^_‘{|}~-]+@[a-zA-Z0-9_-]+(\\.[a-zA-Z0-9_-]+)+$)|(^arn:(aws[a-zA-Z-]*):sns:[a-zA-Z0-9-]+:[0-9]{12}:[a-zA-Z0-9_-]+(\\.fifo)?$)":
    "linear",
  // At most three rounds, each ending in a character that the round cannot match.
  "^([a-z]+-){2,3}\\d+$": "linear",
  "^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}\\d+\\.vpce-svc-[0-9a-z]+$": "linear",
  // RDS, BlueGreenDeploymentName: exponential as AWS prints it, linear and equal so.
  "[a-zA-Z](?:-?[a-zA-Z0-9]+)*": "[a-zA-Z](?:-?[a-zA-Z0-9])*",
};

/** What JavaScript writes otherwise: it has no inline flag, and no range that starts at a property. */
const rewritten: Readonly<Record<string, string>> = {
  "(?s).*": "[^]*",
  "^(?! )[\\p{L}\\p{N}\\p{Z}-_]*(?<! )$": "^(?! )[\\p{L}\\p{N}\\p{Z}\\-_]*(?<! )$",
};

/** What JavaScript is to match, where it is not the pattern itself. Throws on a pattern that may not end. */
export function expressionOf(pattern: string): string | undefined {
  let expression = rewritten[pattern] ?? pattern;
  if (nestedQuantifiers(pattern)) {
    const verdict = reviewed[pattern];
    if (!verdict) throw new Error(`pattern ${pattern} repeats a repetition: review it in tools/gen-wire/patterns.ts`);
    if (verdict !== "linear") expression = verdict;
  }
  // \s is ASCII in the service's regular expressions and Unicode in JavaScript's; here it occurs inside classes alone.
  expression = expression.replaceAll("\\s", " \\t\\n\\v\\f\\r");
  new RegExp(`^(?:${expression})$`, expression.includes("\\p{") ? "u" : "");
  return expression === pattern ? undefined : expression;
}

/** A quantified group with a quantifier inside it, at any depth. `?` does not repeat. */
export function nestedQuantifiers(pattern: string): boolean {
  const holdsRepetition = [false];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === "\\") at++;
    else if (char === "[") at = classEnd(pattern, at);
    else if (char === "(") holdsRepetition.push(false);
    else if (char === ")") {
      const inner = holdsRepetition.pop() ?? false;
      const repeats = repeatsAt(pattern, at + 1);
      if (inner && repeats) return true;
      if (inner || repeats) holdsRepetition[holdsRepetition.length - 1] = true;
    } else if (repeatsAt(pattern, at)) holdsRepetition[holdsRepetition.length - 1] = true;
  }
  return false;
}

function repeatsAt(pattern: string, at: number): boolean {
  const char = pattern[at];
  if (char === "*" || char === "+") return true;
  return char === "{" && /^\{\d*,/.test(pattern.slice(at));
}

function classEnd(pattern: string, start: number): number {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "]") return at;
  }
  throw new Error(`pattern ${pattern} has an open class`);
}
