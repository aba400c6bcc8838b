import { regionalArn } from "../../../arn.ts";
import { refuse } from "../../../errors.ts";
import type { Call, Operation } from "../../../operation.ts";
import { defaultNetwork } from "../default-network.ts";
import { describeFixed, type FixedInput } from "../fixed-lists.ts";

interface Input extends FixedInput {
  readonly GroupIds?: string[];
  readonly GroupNames?: string[];
}

interface Group {
  readonly id: string;
  readonly vpcId: string;
  readonly account: string;
  readonly tags: readonly [];
}

const description = "default VPC security group";

function groupsOf({ caller: { facts }, region }: Call): Group[] {
  const { groupId, vpcId } = defaultNetwork(facts.account, region);
  return [{ id: groupId, vpcId, account: facts.account, tags: [] }];
}

const missing = ([group = ""]: readonly string[]): never =>
  refuse("InvalidGroup.NotFound", `The security group '${group}' does not exist`);

export const describeSecurityGroups: Operation<Input> = describeFixed<Input, Group>({
  name: "DescribeSecurityGroups",
  member: "SecurityGroups",
  set: "securityGroupIdSet",
  asked: ({ GroupIds }) => GroupIds,
  missing,
  things: ({ GroupNames = [] }, call) => {
    const other = GroupNames.find((name) => name !== "default");
    return other === undefined ? groupsOf(call) : missing([other]);
  },
  fields: {
    "group-id": ({ id }) => id,
    "group-name": () => "default",
    description: () => description,
    "owner-id": ({ account }) => account,
    "vpc-id": ({ vpcId }) => vpcId,
    "egress.ip-permission.cidr": () => "0.0.0.0/0",
    "egress.ip-permission.protocol": () => "-1",
    "ip-permission.group-id": ({ id }) => id,
    "ip-permission.group-name": () => "default",
    "ip-permission.protocol": () => "-1",
    "ip-permission.user-id": ({ account }) => account,
  },
  shown: ({ id, vpcId, account }, { region }) => ({
    GroupId: id,
    GroupName: "default",
    Description: description,
    VpcId: vpcId,
    OwnerId: account,
    SecurityGroupArn: regionalArn("ec2", region, account, `security-group/${id}`),
    IpPermissions: [
      {
        IpProtocol: "-1",
        UserIdGroupPairs: [{ GroupId: id, UserId: account }],
        IpRanges: [],
        Ipv6Ranges: [],
        PrefixListIds: [],
      },
    ],
    IpPermissionsEgress: [
      {
        IpProtocol: "-1",
        IpRanges: [{ CidrIp: "0.0.0.0/0" }],
        UserIdGroupPairs: [],
        Ipv6Ranges: [],
        PrefixListIds: [],
      },
    ],
  }),
});
