import type { Charge } from "../../meter/bill.ts";
import { chargedArn } from "../../meter/cost.ts";
import type { RequestClass } from "../../meter/prices.ts";

/** One line of a bill with what Cost Explorer asks of it. */
export interface Line extends Charge {
  readonly payer: string;
  readonly accountName: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** As AWS's bill names what KMS charges; behind the Region. */
const usageTypes: Readonly<Record<RequestClass | "key", string>> = {
  key: "KMS-Keys",
  requests: "KMS-Requests",
  asymmetric: "KMS-Requests-Asymmetric",
  "rsa-2048": "KMS-Requests-Asymmetric-RSA_2048",
  "ecc-pair": "KMS-Requests-GenerateDatakeyPair-ECC",
  "rsa-pair": "KMS-Requests-GenerateDatakeyPair-RSA",
};

/** Values of the dimensions that a line has; of the others it has none. */
const dimensions: Readonly<Record<string, (line: Line) => string>> = {
  BILLING_ENTITY: () => "AWS",
  LEGAL_ENTITY_NAME: () => "Amazon Web Services, Inc.",
  INVOICING_ENTITY: () => "Amazon Web Services, Inc.",
  LINKED_ACCOUNT: ({ account }) => account,
  LINKED_ACCOUNT_NAME: ({ accountName }) => accountName,
  OPERATION: ({ operation }) => (operation === "" ? "Unknown" : operation),
  PAYER_ACCOUNT: ({ payer }) => payer,
  RECORD_TYPE: () => "Usage",
  REGION: ({ region }) => region,
  RESOURCE_ID: (line) => (line.key === "" ? "" : chargedArn(line)),
  SERVICE: () => "AWS Key Management Service",
  SERVICE_CODE: () => "awskms",
  USAGE_TYPE: ({ region, of }) => `${region}-${usageTypes[of]}`,
};

/** "" where the line has none. */
export const dimensionOf = (name: string, line: Line): string =>
  Object.hasOwn(dimensions, name) ? (dimensions[name]?.(line) ?? "") : "";

/** `NoInstanceType`: how a group is called that has none. */
export const absentName = (dimension: string): string =>
  `No${dimension.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}`;
