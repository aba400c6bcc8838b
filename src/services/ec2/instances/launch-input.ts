import type { MetadataOptions } from "../../../volumes/instance.ts";
import type { BlockDeviceMapping } from "../images/block-devices.ts";
import type { TagSpecification } from "../tags.ts";

/** RunInstances, as far as instances without a network of their own can take it. */
export interface LaunchInput {
  MinCount: number;
  MaxCount: number;
  ImageId?: string;
  InstanceType?: string;
  BlockDeviceMappings?: BlockDeviceMapping[];
  KeyName?: string;
  SecurityGroupIds?: string[];
  SecurityGroups?: string[];
  SubnetId?: string;
  NetworkInterfaces?: { DeviceIndex?: number; SubnetId?: string; Groups?: string[]; NetworkInterfaceId?: string }[];
  PrivateIpAddress?: string;
  Placement?: { AvailabilityZone?: string; AvailabilityZoneId?: string; Tenancy?: string };
  UserData?: string;
  TagSpecifications?: TagSpecification[];
  ClientToken?: string;
  DisableApiTermination?: boolean;
  DisableApiStop?: boolean;
  InstanceInitiatedShutdownBehavior?: string;
  EbsOptimized?: boolean;
  Monitoring?: { Enabled: boolean };
  CreditSpecification?: { CpuCredits: string };
  MetadataOptions?: Partial<MetadataOptions>;
  IamInstanceProfile?: { Name?: string; Arn?: string };
  LaunchTemplate?: { LaunchTemplateId?: string; LaunchTemplateName?: string };
  InstanceMarketOptions?: { MarketType?: string };
}

/** Clients that have nothing to say of a member say it with an empty text. */
export function said(input: LaunchInput): LaunchInput {
  const { Placement, IamInstanceProfile, ...rest } = input;
  const placed = Placement && withoutEmpty(Placement);
  const profile = IamInstanceProfile && withoutEmpty(IamInstanceProfile);
  return {
    ...withoutEmpty(rest),
    ...(placed && { Placement: placed }),
    ...(profile && Object.keys(profile).length > 0 && { IamInstanceProfile: profile }),
  };
}

const withoutEmpty = <T extends object>(given: T): T =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "")) as T;
