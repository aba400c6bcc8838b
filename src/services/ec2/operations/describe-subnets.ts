import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { type DefaultSubnet, defaultNetwork, subnetAddresses } from "../default-network.ts";
import { describeFixed, type FixedInput } from "../fixed-lists.ts";

interface Input extends FixedInput {
  readonly SubnetIds?: string[];
}

type Subnet = DefaultSubnet & {
  readonly id: string;
  readonly account: string;
  readonly vpcId: string;
  readonly tags: readonly [];
};

export const describeSubnets: Operation<Input> = describeFixed<Input, Subnet>({
  name: "DescribeSubnets",
  member: "Subnets",
  set: "subnetSet",
  asked: ({ SubnetIds }) => SubnetIds,
  missing: ([id = ""]) => refuse("InvalidSubnetID.NotFound", `The subnet ID '${id}' does not exist`),
  things: (_input, { caller: { facts }, region }) => {
    const { vpcId, subnets } = defaultNetwork(facts.account, region);
    return subnets
      .map((subnet) => ({ ...subnet, id: subnet.subnetId, account: facts.account, vpcId, tags: [] as const }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  },
  fields: {
    "availability-zone": ({ zone }) => zone.name,
    availabilityZone: ({ zone }) => zone.name,
    "availability-zone-id": ({ zone }) => zone.id,
    availabilityZoneId: ({ zone }) => zone.id,
    "available-ip-address-count": () => String(subnetAddresses),
    cidr: ({ cidr }) => cidr,
    cidrBlock: ({ cidr }) => cidr,
    "cidr-block": ({ cidr }) => cidr,
    "default-for-az": () => "true",
    defaultForAz: () => "true",
    "map-public-ip-on-launch": () => "false",
    "owner-id": ({ account }) => account,
    state: () => "available",
    "subnet-arn": ({ arn }) => arn,
    "subnet-id": ({ subnetId }) => subnetId,
    "vpc-id": ({ vpcId }) => vpcId,
  },
  shown: ({ subnetId, arn, zone, cidr, vpcId, account }) => ({
    SubnetId: subnetId,
    SubnetArn: arn,
    VpcId: vpcId,
    OwnerId: account,
    State: "available",
    AvailabilityZone: zone.name,
    AvailabilityZoneId: zone.id,
    CidrBlock: cidr,
    AvailableIpAddressCount: subnetAddresses,
    DefaultForAz: true,
    // Differs: a default subnet of AWS's gives public addresses; nothing here has one.
    MapPublicIpOnLaunch: false,
    AssignIpv6AddressOnCreation: false,
    Ipv6Native: false,
    EnableDns64: false,
    MapCustomerOwnedIpOnLaunch: false,
    Ipv6CidrBlockAssociationSet: [],
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: "ip-name",
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
  }),
});
