const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** `Nov 25, 2026 10:12:53 AM`: how IAM writes times in its records. */
export function recordedTime(at: number): string {
  const date = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  const hours = date.getUTCHours();
  const clock = `${hours % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const day = `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
  return `${day} ${clock} ${hours < 12 ? "AM" : "PM"}`;
}

/** Wire members as CloudTrail names them: `UserName` → `userName`; times in IAM's form; no secret access key; null for none. */
export function recorded(value: object): object | null {
  const told = loweredMembers(value);
  return Object.keys(told).length === 0 ? null : told;
}

function loweredMembers(value: object): object {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, held]) => held !== undefined && name !== "SecretAccessKey")
      .map(([name, held]) => [lowered(name), recordedValue(name, held)]),
  );
}

function recordedValue(name: string, value: unknown): unknown {
  if (typeof value === "number" && name.endsWith("Date")) return recordedTime(value);
  if (Array.isArray(value)) return value.map((item) => recordedValue("", item));
  return typeof value === "object" && value !== null ? loweredMembers(value) : value;
}

/** `URL` and `OpenIDConnectProviderArn` keep what their capitals say. */
const lowered = (name: string): string =>
  /^[A-Z]+$/.test(name) ? name.toLowerCase() : name.charAt(0).toLowerCase() + name.slice(1);
