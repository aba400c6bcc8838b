/** The Regions of the aws partition by the letters of their zones. Every other name is a Region here, too, with three. */
const zoneLetters: Readonly<Record<string, string>> = {
  "af-south-1": "abc",
  "ap-east-1": "abc",
  "ap-east-2": "abc",
  "ap-northeast-1": "acd",
  "ap-northeast-2": "abcd",
  "ap-northeast-3": "abc",
  "ap-south-1": "abc",
  "ap-south-2": "abc",
  "ap-southeast-1": "abc",
  "ap-southeast-2": "abc",
  "ap-southeast-3": "abc",
  "ap-southeast-4": "abc",
  "ap-southeast-5": "abc",
  "ap-southeast-7": "abc",
  "ca-central-1": "abd",
  "ca-west-1": "abc",
  "eu-central-1": "abc",
  "eu-central-2": "abc",
  "eu-north-1": "abc",
  "eu-south-1": "abc",
  "eu-south-2": "abc",
  "eu-west-1": "abc",
  "eu-west-2": "abc",
  "eu-west-3": "abc",
  "il-central-1": "abc",
  "me-central-1": "abc",
  "me-south-1": "abc",
  "mx-central-1": "abc",
  "sa-east-1": "abc",
  "us-east-1": "abcdef",
  "us-east-2": "abc",
  "us-west-1": "ac",
  "us-west-2": "abcd",
};

/** Regions that an AWS account has without asking for them. */
const withoutOptIn = new Set([
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
]);

/** `eu-west-1`, `us-gov-east-1`: what a Region's name looks like. */
export const isRegionName = (name: string): boolean => /^[a-z]{2}(?:-[a-z]{1,16}){1,3}-\d{1,2}$/.test(name);

export interface Zone {
  /** `eu-west-1a` */
  readonly name: string;
  /** `euw1-az1` */
  readonly id: string;
}

export function zonesOf(region: string): Zone[] {
  const letters = (Object.hasOwn(zoneLetters, region) && zoneLetters[region]) || "abc";
  const short = shortName(region);
  return letters.split("").map((letter, index) => ({ name: `${region}${letter}`, id: `${short}-az${index + 1}` }));
}

/** Every Region is open to every account: those that AWS has to be asked for count as asked for. */
export const optInStatusOf = (region: string): string =>
  withoutOptIn.has(region) ? "opt-in-not-required" : "opted-in";

/** The Regions that are listed: AWS's, and the one the question was asked in. */
export const listedRegions = (asked: string): string[] => [...new Set([...Object.keys(zoneLetters), asked])].toSorted();

/** `ap-southeast-2` → `apse2`. */
function shortName(region: string): string {
  const parts = region.split("-");
  const directions = parts.slice(1, -1).map((word) => compass.get(word) ?? word.slice(0, 1));
  return `${parts[0]}${directions.join("")}${parts.at(-1)}`;
}

const compass = new Map([
  ["northeast", "ne"],
  ["northwest", "nw"],
  ["southeast", "se"],
  ["southwest", "sw"],
]);
