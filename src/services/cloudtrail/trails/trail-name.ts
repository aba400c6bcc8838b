import { parseArn, regionalArn } from "../../../arn.ts";
import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";

const [shortest, longest] = [3, 128];

const invalid = (message: string): never => refuse("InvalidTrailNameException", message);

/** Throws InvalidTrailNameException. */
export function checkTrailName(name: string): string {
  if (name === "") invalid("Trail name cannot be blank!");
  if (name.length < shortest)
    invalid(
      `Trail name too short. Minimum allowed length: ${shortest} characters. Specified name length: ${name.length} characters.`,
    );
  if (name.length > longest)
    invalid(
      `Trail name too long. Maximum allowed length: ${longest} characters. Specified name length: ${name.length} characters.`,
    );
  if (!/^[A-Za-z0-9._-]+$/.test(name))
    invalid(
      "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).",
    );
  if (!/^[A-Za-z0-9]/.test(name)) invalid("Trail name must starts with a letter or number.");
  if (!/[A-Za-z0-9]$/.test(name)) invalid("Trail name must ends with a letter or number.");
  if (/[._-]{2}/.test(name)) invalid("Trail name cannot have adjacent periods, underscores, or hyphens.");
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) invalid("Trail name cannot be in IP address format.");
  return name;
}

export const trailArn = (name: string, call: Call): string =>
  regionalArn("cloudtrail", call.region, call.caller.facts.account, `trail/${name}`);

/** A name is one of this account and Region. Throws InvalidTrailNameException, CloudTrailARNInvalidException. */
export function arnOfTrail(nameOrArn: string, call: Call): string {
  if (!nameOrArn.startsWith("arn:")) return trailArn(checkTrailName(nameOrArn), call);
  const arn = parseArn(nameOrArn);
  const name = arn?.resource.startsWith("trail/") ? arn.resource.slice("trail/".length) : undefined;
  if (name === undefined || arn?.service !== "cloudtrail" || !/^\d{12}$/.test(arn.account) || arn.region === "")
    return refuse("CloudTrailARNInvalidException", `${nameOrArn.slice(0, 256)} is not a valid trail ARN.`);
  checkTrailName(name);
  return nameOrArn;
}
