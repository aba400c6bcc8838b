import type { Operation } from "../../../operation.ts";
import { defaultNetwork } from "../default-network.ts";
import { describeFixed, type FixedInput } from "../fixed-lists.ts";
import { invalidValue } from "../refuse-ec2.ts";

interface Input extends FixedInput {
  readonly AttributeNames?: string[];
}

interface Attribute {
  readonly id: string;
  readonly value: string;
  readonly tags: readonly [];
}

export const describeAccountAttributes: Operation<Input> = describeFixed<Input, Attribute>({
  name: "DescribeAccountAttributes",
  member: "AccountAttributes",
  set: "attributeNameSet",
  asked: ({ AttributeNames }) => AttributeNames,
  missing: ([name = ""]) => invalidValue(`Value (${name.slice(0, 64)}) for parameter attributeName is invalid.`),
  things: (_input, { caller: { facts }, region }) =>
    [
      ["default-vpc", defaultNetwork(facts.account, region).vpcId],
      ["max-elastic-ips", "5"],
      ["max-instances", "20"],
      ["supported-platforms", "VPC"],
      ["vpc-max-elastic-ips", "5"],
      ["vpc-max-security-groups-per-interface", "5"],
    ].map(([id = "", value = ""]) => ({ id, value, tags: [] })),
  fields: {},
  shown: ({ id, value }) => ({ AttributeName: id, AttributeValues: [{ AttributeValue: value }] }),
});
