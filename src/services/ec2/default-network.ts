import { hash } from "node:crypto";
import { regionalArn } from "../../arn.ts";
import { type Zone, zonesOf } from "./regions.ts";

/**
 * The default VPC that an account has in every Region: one subnet to a zone, one security group. Nothing routes here;
 * it is what clients ask for before they launch, and it says the same every time.
 */
export interface DefaultNetwork {
  readonly vpcId: string;
  readonly cidr: string;
  readonly dhcpOptionsId: string;
  readonly groupId: string;
  readonly routeTableId: string;
  readonly subnets: readonly DefaultSubnet[];
}

export interface DefaultSubnet {
  readonly subnetId: string;
  readonly arn: string;
  readonly zone: Zone;
  readonly cidr: string;
}

/** Addresses of a /20 without the five that AWS keeps. */
export const subnetAddresses = 4091;

export function defaultNetwork(account: string, region: string): DefaultNetwork {
  const idOf = (prefix: string, what: string): string =>
    `${prefix}-0${hash("sha256", `${account}/${region}/${what}`).slice(0, 16)}`;
  return {
    vpcId: idOf("vpc", "vpc"),
    cidr: "172.31.0.0/16",
    dhcpOptionsId: idOf("dopt", "dhcp-options"),
    groupId: idOf("sg", "security-group"),
    routeTableId: idOf("rtb", "route-table"),
    subnets: zonesOf(region).map((zone, index) => {
      const subnetId = idOf("subnet", zone.name);
      const arn = regionalArn("ec2", region, account, `subnet/${subnetId}`);
      return { subnetId, arn, zone, cidr: `172.31.${index * 16}.0/20` };
    }),
  };
}
