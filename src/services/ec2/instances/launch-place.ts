import { refuse } from "../../../errors.ts";
import type { Call } from "../../../operation.ts";
import { type DefaultSubnet, defaultNetwork } from "../default-network.ts";
import { invalidCombination, invalidValue } from "../refuse-ec2.ts";
import type { LaunchInput } from "./launch-input.ts";

/** Where the instances come to stand: a subnet of the default VPC, in its one security group. */
export interface LaunchPlace {
  readonly subnet: DefaultSubnet;
  readonly groupId: string;
}

/** Throws InvalidSubnetID.NotFound, InvalidGroup.NotFound, InvalidParameterValue, InvalidParameterCombination. */
export function launchPlace(input: LaunchInput, { caller, region }: Call): LaunchPlace {
  const { groupId, subnets } = defaultNetwork(caller.facts.account, region);
  const [network, ...others] = input.NetworkInterfaces ?? [];
  if (others.length > 0 || network?.NetworkInterfaceId !== undefined)
    refuse("UnsupportedOperation", "An instance has the one network interface that is made with it.");
  if (network && (input.SubnetId !== undefined || input.SecurityGroupIds))
    invalidCombination("Network interfaces and an instance-level subnet ID may not be specified on the same request");
  checkGroups(input, network?.Groups, groupId);
  return { groupId, subnet: subnetOf(input, input.SubnetId ?? network?.SubnetId, subnets) };
}

function checkGroups(input: LaunchInput, ofNetwork: readonly string[] | undefined, groupId: string): void {
  for (const id of [...(input.SecurityGroupIds ?? []), ...(ofNetwork ?? [])])
    if (id !== groupId) refuse("InvalidGroup.NotFound", `The security group '${id.slice(0, 64)}' does not exist`);
  for (const name of input.SecurityGroups ?? [])
    if (name !== "default") refuse("InvalidGroup.NotFound", `The security group '${name.slice(0, 64)}' does not exist`);
}

function subnetOf(
  { Placement }: LaunchInput,
  subnetId: string | undefined,
  subnets: readonly DefaultSubnet[],
): DefaultSubnet {
  const { AvailabilityZone: name, AvailabilityZoneId: id } = Placement ?? {};
  const zoned = subnets.filter(
    ({ zone }) => (name === undefined || zone.name === name) && (id === undefined || zone.id === id),
  );
  if (zoned.length === 0) invalidValue(`Invalid availability zone: [${(name ?? id ?? "").slice(0, 64)}]`);
  const subnet = subnetId === undefined ? zoned[0] : subnets.find((one) => one.subnetId === subnetId);
  if (!subnet)
    return refuse("InvalidSubnetID.NotFound", `The subnet ID '${(subnetId ?? "").slice(0, 64)}' does not exist`);
  if (!zoned.includes(subnet)) invalidValue("The subnet is not in the availability zone that is specified.");
  return subnet;
}
