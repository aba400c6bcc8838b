import { readDuration } from "./clock.ts";
import { UsageError } from "./command.ts";
import type { TrailRecord } from "./record-line.ts";

/** What a person asks for; every filter narrows. */
export interface FilterFlags {
  readonly user?: string;
  readonly key?: string;
  readonly event?: string;
  readonly source?: string;
  readonly account?: string;
  readonly region?: string;
  readonly ip?: string;
  readonly error?: string;
  readonly text?: string;
  readonly since?: string;
  readonly until?: string;
  readonly denied?: true;
  readonly errors?: true;
}

/** To be given every record in order: an alias means the key that it named at the time. */
export type Matches = (record: TrailRecord, line: string) => boolean;

const denial = /^AccessDenied|^UnauthorizedOperation|^Client\.UnauthorizedOperation/;

export const isDenied = ({ errorCode = "" }: TrailRecord): boolean => denial.test(errorCode);

export function matcherOf(flags: FilterFlags): Matches {
  const { user, key, event, source, account, region, ip, error, text } = flags;
  const [since, until] = [flags.since, flags.until].map((given) =>
    given === undefined ? undefined : readMoment(given),
  );
  const tests: Matches[] = [];
  // First, because it has to see every record.
  if (key !== undefined) tests.push(keyMatcher(key));
  if (user !== undefined) tests.push((record) => isBy(record.userIdentity, user));
  if (event !== undefined) tests.push((record) => alike(record.eventName ?? "", event));
  if (source !== undefined) tests.push((record) => record.eventSource?.split(".")[0] === source.split(".")[0]);
  if (account !== undefined)
    tests.push(({ recipientAccountId, userIdentity }) =>
      [recipientAccountId, userIdentity?.accountId].includes(account),
    );
  if (region !== undefined) tests.push((record) => record.awsRegion === region);
  if (ip !== undefined) tests.push((record) => record.sourceIPAddress === ip);
  if (error !== undefined) tests.push((record) => alike(record.errorCode ?? "", error));
  if (text !== undefined) tests.push((_record, line) => line.toLowerCase().includes(text.toLowerCase()));
  if (flags.denied) tests.push(isDenied);
  if (flags.errors) tests.push((record) => record.errorCode !== undefined);
  if (since !== undefined) tests.push((record) => Date.parse(record.eventTime ?? "") >= since);
  if (until !== undefined) tests.push((record) => Date.parse(record.eventTime ?? "") <= until);
  return (record, line) => tests.map((test) => test(record, line)).every(Boolean);
}

/** Whatever the case; `GenerateDataKey*` means all that begin so. */
function alike(name: string, wanted: string): boolean {
  const [a, b] = [name.toLowerCase(), wanted.toLowerCase()];
  return b.endsWith("*") ? a.startsWith(b.slice(0, -1)) : a === b;
}

/** A key's id, its ARN, or an alias, which stands for whichever key it named when the record was made. */
export function keyMatcher(key: string): Matches {
  const alias = /(?:^|:)(alias\/.*)$/.exec(key)?.[1];
  let target: string | undefined;
  return (record, line) => {
    const { aliasName, targetKeyId } = record.requestParameters ?? {};
    if (alias !== undefined && aliasName === alias && record.errorCode === undefined) {
      if (record.eventName === "DeleteAlias") target = undefined;
      else if (typeof targetKeyId === "string") target = targetKeyId.slice(targetKeyId.lastIndexOf("/") + 1);
    }
    return names(record, line, key) || (target !== undefined && names(record, line, target));
  };
}

/** A call that failed names the key in its text alone, where it names it at all. */
function names(record: TrailRecord, line: string, key: string): boolean {
  const found = (record.resources ?? []).some(
    ({ ARN = "" }) => ARN === key || ARN.endsWith(`/${key}`) || ARN.endsWith(`:${key}`),
  );
  const quoted = JSON.stringify(key).slice(1, -1);
  return found || (record.errorCode !== undefined && (line.includes(`/${quoted}`) || line.includes(`"${quoted}"`)));
}

/** A user's or a session's name, a whole ARN, an access key id, or an account. */
function isBy(identity: TrailRecord["userIdentity"], wanted: string): boolean {
  const { arn = "", userName, accountId, accessKeyId, invokedBy } = identity ?? {};
  return (
    [arn, userName, accountId, accessKeyId, invokedBy].includes(wanted) ||
    arn.split("/").slice(1).includes(wanted) ||
    arn.endsWith(`:${wanted}`)
  );
}

/** `2026-01-31`, `2026-01-31T10:00:00Z`, `today`, `yesterday`, or how long ago: `2h`, `30d ago`. Milliseconds. */
export function readMoment(given: string, now: number = Date.now()): number {
  const text = given.trim().toLowerCase();
  const midnight = Math.floor(now / 86_400_000) * 86_400_000;
  if (text === "now") return now;
  if (text === "today") return midnight;
  if (text === "yesterday") return midnight - 86_400_000;
  const ago = /^((?:\d{1,7}\s*[smhd]\s*)+?)(?:\s*ago)?$/.exec(text)?.[1];
  if (ago !== undefined) return now - readDuration(ago.replaceAll(/\s/g, "")) * 1000;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(given.trim().replace(" ", "T")) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new UsageError(
    `Cannot understand "${given}": write 2026-01-31, 2026-01-31T10:00:00Z, today, yesterday, or 2h, 30d for how long ago`,
  );
}
