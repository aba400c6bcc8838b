import { refuse } from "../../errors.ts";
import { absentName, dimensionOf, type Line } from "./lines.ts";

export interface GroupBy {
  Type?: "DIMENSION" | "TAG" | "COST_CATEGORY";
  Key?: string;
}

const groupsMost = 2;

const dimensions: ReadonlySet<string> = new Set([
  "AZ",
  "BILLING_ENTITY",
  "CACHE_ENGINE",
  "DATABASE_ENGINE",
  "DEPLOYMENT_OPTION",
  "INSTANCE_TYPE",
  "INVOICING_ENTITY",
  "LEGAL_ENTITY_NAME",
  "LINKED_ACCOUNT",
  "OPERATING_SYSTEM",
  "OPERATION",
  "PLATFORM",
  "PURCHASE_TYPE",
  "RECORD_TYPE",
  "REGION",
  "SERVICE",
  "TENANCY",
  "USAGE_TYPE",
]);

/** What a line's group is called, for each GroupBy. Throws ValidationException. */
export function readGroups(groups: readonly GroupBy[], byResource: boolean): ((line: Line) => string)[] {
  if (groups.length > groupsMost)
    refuse("ValidationException", `The number of group by definitions must be at most ${groupsMost}.`);
  const names = groups.map(({ Type, Key }) => `${Type} ${Key}`);
  if (new Set(names).size < names.length) refuse("ValidationException", "Group by definitions must not be the same.");
  return groups.map(({ Type, Key }) => {
    if (Type === undefined || Key === undefined || Key === "")
      return refuse("ValidationException", "Group by definitions need a Type and a Key.");
    if (Type === "TAG") return ({ tags }) => `${Key}$${Object.hasOwn(tags, Key) ? tags[Key] : ""}`;
    // There are no cost categories here: nothing is in one.
    if (Type === "COST_CATEGORY") return () => `${Key}$`;
    if (!dimensions.has(Key) && !(byResource && Key === "RESOURCE_ID"))
      refuse(
        "ValidationException",
        `Group Definition dimension is invalid. Valid values are ${[...dimensions].join(", ")}`,
      );
    return (line) => dimensionOf(Key, line) || absentName(Key);
  });
}
