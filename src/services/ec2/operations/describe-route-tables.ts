import { refuse } from "../../../errors.ts";
import type { Operation } from "../../../operation.ts";
import { type DefaultNetwork, defaultNetwork } from "../default-network.ts";
import { describeFixed, type FixedInput } from "../fixed-lists.ts";

interface Input extends FixedInput {
  readonly RouteTableIds?: string[];
}

type RouteTable = DefaultNetwork & { readonly id: string; readonly account: string; readonly tags: readonly [] };

const associationOf = (routeTableId: string): string => routeTableId.replace("rtb-", "rtbassoc-");

/** The default VPC's own table: nothing leads out of it. */
export const describeRouteTables: Operation<Input> = describeFixed<Input, RouteTable>({
  name: "DescribeRouteTables",
  member: "RouteTables",
  set: "routeTableIdSet",
  asked: ({ RouteTableIds }) => RouteTableIds,
  missing: ([id = ""]) => refuse("InvalidRouteTableID.NotFound", `The routeTable ID '${id}' does not exist`),
  things: (_input, { caller: { facts }, region }) => {
    const network = defaultNetwork(facts.account, region);
    return [{ ...network, id: network.routeTableId, account: facts.account, tags: [] }];
  },
  fields: {
    "association.main": () => "true",
    "association.route-table-association-id": ({ id }) => associationOf(id),
    "association.route-table-id": ({ id }) => id,
    "association.subnet-id": () => undefined,
    "owner-id": ({ account }) => account,
    "route-table-id": ({ id }) => id,
    "route.destination-cidr-block": ({ cidr }) => cidr,
    "route.gateway-id": () => "local",
    "route.state": () => "active",
    "vpc-id": ({ vpcId }) => vpcId,
  },
  shown: ({ id, vpcId, cidr, account }) => ({
    RouteTableId: id,
    VpcId: vpcId,
    OwnerId: account,
    Associations: [
      {
        Main: true,
        RouteTableAssociationId: associationOf(id),
        RouteTableId: id,
        AssociationState: { State: "associated" },
      },
    ],
    Routes: [{ DestinationCidrBlock: cidr, GatewayId: "local", Origin: "CreateRouteTable", State: "active" }],
  }),
});
