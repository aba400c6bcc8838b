import type { Operation } from "../../../operation.ts";
import { type DefaultNetwork, defaultNetwork } from "../default-network.ts";
import { describeFixed, type FixedInput } from "../fixed-lists.ts";
import { refuse } from "../../../errors.ts";

interface Input extends FixedInput {
  readonly VpcIds?: string[];
}

type Vpc = DefaultNetwork & { readonly id: string; readonly account: string; readonly tags: readonly [] };

const associationOf = (vpcId: string): string => vpcId.replace("vpc-", "vpc-cidr-assoc-");

export const describeVpcs: Operation<Input> = describeFixed<Input, Vpc>({
  name: "DescribeVpcs",
  member: "Vpcs",
  set: "vpcSet",
  asked: ({ VpcIds }) => VpcIds,
  missing: ([id = ""]) => refuse("InvalidVpcID.NotFound", `The vpc ID '${id}' does not exist`),
  things: (_input, { caller: { facts }, region }) => {
    const network = defaultNetwork(facts.account, region);
    return [{ ...network, id: network.vpcId, account: facts.account, tags: [] }];
  },
  fields: {
    cidr: ({ cidr }) => cidr,
    "cidr-block-association.cidr-block": ({ cidr }) => cidr,
    "cidr-block-association.association-id": ({ vpcId }) => associationOf(vpcId),
    "cidr-block-association.state": () => "associated",
    "dhcp-options-id": ({ dhcpOptionsId }) => dhcpOptionsId,
    "is-default": () => "true",
    isDefault: () => "true",
    "owner-id": ({ account }) => account,
    state: () => "available",
    "vpc-id": ({ vpcId }) => vpcId,
  },
  shown: ({ vpcId, cidr, dhcpOptionsId, account }) => ({
    VpcId: vpcId,
    OwnerId: account,
    State: "available",
    CidrBlock: cidr,
    CidrBlockAssociationSet: [
      { AssociationId: associationOf(vpcId), CidrBlock: cidr, CidrBlockState: { State: "associated" } },
    ],
    DhcpOptionsId: dhcpOptionsId,
    InstanceTenancy: "default",
    IsDefault: true,
  }),
});
