/** Records that a bill cannot tell apart: one of them as it stands, and how many there are. */
export interface Alike {
  readonly line: string;
  readonly count: number;
}

export interface Tally {
  /** In the order of the first of each. */
  readonly alike: readonly Alike[];
  /** Number of the last record that was counted. */
  readonly next: number;
}

/**
 * Counts KMS's records. Those of calls that only read are alike when caller, hour, Region, operation, error, resources
 * and owner are; every other one stands for itself. Records of other services are left out.
 */
export function tallyLines(lines: readonly string[]): Alike[] {
  const counted = new Map<string, { line: string; count: number }>();
  for (const [index, line] of lines.entries()) {
    if (!line.includes(kmsSource)) continue;
    const key = keyOf(line) ?? String(index);
    const known = counted.get(key);
    if (known) known.count += 1;
    else counted.set(key, { line, count: 1 });
  }
  return [...counted.values()];
}

const kmsSource = '"eventSource":"kms.amazonaws.com"';

/**
 * Parts of the line, found as audit/line-keys.ts finds them: members stand in one order, and bare quotes are never part
 * of a text. Undefined for what stands for itself: changes, and data key pairs, whose price is in their parameters.
 */
function keyOf(line: string): string | undefined {
  const identity = line.indexOf(',"userIdentity":');
  const time = line.indexOf(',"eventTime":"', identity);
  const source = line.indexOf(',"eventSource":"', time);
  const address = line.indexOf(',"sourceIPAddress":', source);
  const agent = line.indexOf(',"userAgent":', address);
  const parameters = line.indexOf(',"requestParameters":', agent);
  const event = line.lastIndexOf(',"eventID":"');
  const tail = event + 49;
  const shaped =
    identity >= 0 && time >= 0 && source >= 0 && address >= 0 && agent >= 0 && parameters >= 0 && event >= 0;
  if (!shaped || !line.startsWith(',"readOnly":true,', tail)) return undefined;
  const named = line.slice(source, address);
  if (named.includes('"GenerateDataKeyPair')) return undefined;
  const failed = line.indexOf(',"errorCode":"', agent);
  const error = failed >= 0 && failed < parameters ? line.slice(failed, line.indexOf('"', failed + 14)) : "";
  const hour = line.slice(time + 14, time + 27);
  return `${line.slice(identity, time)}\n${hour}\n${named}\n${error}\n${line.slice(tail)}`;
}
