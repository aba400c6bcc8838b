import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { askAll } from "../ask-ec2.ts";
import { defaultNetwork } from "../default-network.ts";
import { invalidValue } from "../refuse-ec2.ts";

interface Input {
  readonly VpcId: string;
  readonly Attribute: string;
}

const attributes: Readonly<Record<string, readonly [member: string, value: boolean]>> = {
  enableDnsSupport: ["EnableDnsSupport", true],
  enableDnsHostnames: ["EnableDnsHostnames", true],
  enableNetworkAddressUsageMetrics: ["EnableNetworkAddressUsageMetrics", false],
};

export const describeVpcAttribute: Operation<Input> = {
  name: "DescribeVpcAttribute",
  readOnly: true,
  requestParameters: ({ VpcId, Attribute }) => ({ vpcId: VpcId, attribute: Attribute }),
  find: () => undefined,
  asks: (_input, _found, call) => [askAll("DescribeVpcAttribute", call)],
  run: ({ VpcId, Attribute }, _found, { caller, region }) => {
    if (VpcId !== defaultNetwork(caller.facts.account, region).vpcId)
      refuse("InvalidVpcID.NotFound", `The vpc ID '${VpcId.slice(0, 64)}' does not exist`);
    const told = Object.hasOwn(attributes, Attribute) ? attributes[Attribute] : undefined;
    if (!told) return invalidValue(`Value (${Attribute.slice(0, 64)}) for parameter attribute is invalid.`);
    const [member, Value] = told;
    return { answer: { VpcId, [member]: { Value } } };
  },
};
