import type { Call } from "../../../operation.ts";
import type { LaunchedInstance } from "../../../volumes/instance.ts";
import { defaultNetwork } from "../default-network.ts";
import { refuse } from "../../../errors.ts";
import { invalidCombination, invalidValue, missingParameter } from "../refuse-ec2.ts";

interface Flag {
  Value?: boolean;
}

interface Text {
  Value?: string;
}

export interface AttributeInput {
  InstanceId: string;
  Attribute?: string;
  Value?: string;
  BlockDeviceMappings?: { DeviceName?: string; Ebs?: { DeleteOnTermination?: boolean } }[];
  DisableApiTermination?: Flag;
  DisableApiStop?: Flag;
  SourceDestCheck?: Flag;
  EbsOptimized?: Flag;
  EnaSupport?: Flag;
  InstanceType?: Text;
  InstanceInitiatedShutdownBehavior?: Text;
  UserData?: { Value?: Uint8Array };
  Groups?: string[];
}

/** What ModifyInstanceAttribute is to change; one thing at a time. */
export type ModifiedAttribute =
  | { readonly name: "blockDeviceMapping"; readonly devices: readonly (readonly [string, boolean])[] }
  | { readonly name: "instanceType"; readonly value: string }
  | { readonly name: "userData"; readonly value: Uint8Array }
  | { readonly name: "flag"; readonly change: Partial<LaunchedInstance> };

const structured = [
  "BlockDeviceMappings",
  "DisableApiTermination",
  "DisableApiStop",
  "SourceDestCheck",
  "EbsOptimized",
  "EnaSupport",
  "InstanceType",
  "InstanceInitiatedShutdownBehavior",
  "UserData",
  "Groups",
] as const;

/** The structure's form, or the older one with a name and a value. Throws InvalidParameterCombination and its like. */
export function asked(input: AttributeInput, call: Call): ModifiedAttribute {
  const given = structured.filter((name) => input[name] !== undefined);
  const [only, ...others] = given;
  if (others.length > 0) invalidCombination("Fields for multiple attribute types specified: one at a time.");
  if (only !== undefined) return ofStructure(only, input, call);
  const { Attribute, Value } = input;
  if (Attribute === undefined) return invalidCombination("No attributes specified.");
  const text = Value ?? missingParameter("value");
  const member = Attribute.charAt(0).toUpperCase() + Attribute.slice(1);
  if (member === "UserData") return { name: "userData", value: Buffer.from(text) };
  if (member === "InstanceType" || member === "InstanceInitiatedShutdownBehavior")
    return ofStructure(member, { ...input, [member]: { Value: text } }, call);
  const flag = structured.find((name) => name === member && flags.has(name));
  if (!flag || (text !== "true" && text !== "false"))
    return invalidValue(`Value (${Attribute.slice(0, 64)}) for parameter attribute is invalid.`);
  return ofStructure(flag, { ...input, [flag]: { Value: text === "true" } }, call);
}

const flags = new Set(["DisableApiTermination", "DisableApiStop", "SourceDestCheck", "EbsOptimized"]);

function ofStructure(name: (typeof structured)[number], input: AttributeInput, call: Call): ModifiedAttribute {
  const flag = (change: Partial<LaunchedInstance>): ModifiedAttribute => ({ name: "flag", change });
  switch (name) {
    case "BlockDeviceMappings":
      return {
        name: "blockDeviceMapping",
        devices: (input.BlockDeviceMappings ?? []).map(({ DeviceName, Ebs }) => [
          DeviceName ?? missingParameter("deviceName"),
          Ebs?.DeleteOnTermination ?? missingParameter("deleteOnTermination"),
        ]),
      };
    case "DisableApiTermination":
      return flag({ disableApiTermination: input.DisableApiTermination?.Value ?? false });
    case "DisableApiStop":
      return flag({ disableApiStop: input.DisableApiStop?.Value ?? false });
    case "SourceDestCheck":
      return flag({ sourceDestCheck: input.SourceDestCheck?.Value ?? false });
    case "EbsOptimized":
      return flag({ ebsOptimized: input.EbsOptimized?.Value ?? false });
    case "EnaSupport":
      return flag({});
    case "InstanceType":
      return { name: "instanceType", value: input.InstanceType?.Value ?? "" };
    case "InstanceInitiatedShutdownBehavior": {
      const value = input.InstanceInitiatedShutdownBehavior?.Value;
      if (value !== "stop" && value !== "terminate")
        return invalidValue(`Invalid value '${(value ?? "").slice(0, 64)}' for InstanceInitiatedShutdownBehavior.`);
      return flag({ shutdownBehavior: value });
    }
    case "UserData":
      return { name: "userData", value: Buffer.from(Buffer.from(input.UserData?.Value ?? []).toString("base64")) };
    case "Groups":
      return flag(checkedGroups(input.Groups ?? [], call));
  }
}

/** There is one group to be in. */
function checkedGroups(groups: readonly string[], { caller, region }: Call): Partial<LaunchedInstance> {
  const { groupId } = defaultNetwork(caller.facts.account, region);
  const other = groups.find((id) => id !== groupId);
  if (other !== undefined) refuse("InvalidGroup.NotFound", `The security group '${other.slice(0, 64)}' does not exist`);
  return {};
}
