import type { Operation } from "../../operation.ts";
import { describeAccountAttributes } from "./operations/describe-account-attributes.ts";
import { describeAvailabilityZones } from "./operations/describe-availability-zones.ts";
import { describeInstanceTypeOfferings } from "./operations/describe-instance-type-offerings.ts";
import { describeInstanceTypes } from "./operations/describe-instance-types.ts";
import { describeRegions } from "./operations/describe-regions.ts";
import { describeRouteTables } from "./operations/describe-route-tables.ts";
import { describeSecurityGroups } from "./operations/describe-security-groups.ts";
import { describeSubnets } from "./operations/describe-subnets.ts";
import { describeVpcAttribute } from "./operations/describe-vpc-attribute.ts";
import { describeVpcs } from "./operations/describe-vpcs.ts";
import {
  getEbsDefaultKmsKeyId,
  modifyEbsDefaultKmsKeyId,
  resetEbsDefaultKmsKeyId,
} from "./operations/ebs-default-kms-key-id.ts";
import {
  disableEbsEncryptionByDefault,
  enableEbsEncryptionByDefault,
  getEbsEncryptionByDefault,
} from "./operations/ebs-encryption-by-default.ts";
import {
  disableImageBlockPublicAccess,
  enableImageBlockPublicAccess,
  getImageBlockPublicAccessState,
} from "./operations/image-block-public-access.ts";
import {
  disableSnapshotBlockPublicAccess,
  enableSnapshotBlockPublicAccess,
  getSnapshotBlockPublicAccessState,
} from "./operations/snapshot-block-public-access.ts";

/** What an account chose for a Region, and what it finds there without having made it. */
export const accountOperations: readonly Operation[] = [
  describeAccountAttributes,
  describeAvailabilityZones,
  describeInstanceTypeOfferings,
  describeInstanceTypes,
  describeRegions,
  describeRouteTables,
  describeSecurityGroups,
  describeSubnets,
  describeVpcAttribute,
  describeVpcs,
  disableEbsEncryptionByDefault,
  disableImageBlockPublicAccess,
  disableSnapshotBlockPublicAccess,
  enableEbsEncryptionByDefault,
  enableImageBlockPublicAccess,
  enableSnapshotBlockPublicAccess,
  getEbsDefaultKmsKeyId,
  getEbsEncryptionByDefault,
  getImageBlockPublicAccessState,
  getSnapshotBlockPublicAccessState,
  modifyEbsDefaultKmsKeyId,
  resetEbsDefaultKmsKeyId,
];
