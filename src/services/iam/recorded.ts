import { recordedTime } from "../../clocks.ts";

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
