import { partitionOf, parseArn, regionalArn } from "../../../arn.ts";
import type { AccountTrail } from "../../../deliveries/entities.ts";
import { refuse } from "../../../errors.ts";
import { entityId } from "../../../identity/entities.ts";
import type { Organization } from "../../../identity/organization.ts";
import type { Call } from "../../../operation.ts";
import { reference } from "../../../store/entities.ts";
import { organizationOf } from "./find-trail.ts";
import { trailKey } from "./trail-key.ts";

/** What CreateTrail and UpdateTrail have in common. */
export interface SettingsInput {
  Name: string;
  S3BucketName?: string;
  S3KeyPrefix?: string;
  SnsTopicName?: string;
  IncludeGlobalServiceEvents?: boolean;
  IsMultiRegionTrail?: boolean;
  EnableLogFileValidation?: boolean;
  CloudWatchLogsLogGroupArn?: string;
  CloudWatchLogsRoleArn?: string;
  KmsKeyId?: string;
  IsOrganizationTrail?: boolean;
  RecursiveLogging?: boolean;
}

/** The trail with what was asked for: what is left out stays, an empty text takes away. Throws CloudTrail's errors. */
export async function withSettings(before: AccountTrail, input: SettingsInput, call: Call): Promise<AccountTrail> {
  const trail = withPlainSettings(before, input, call);
  if (input.KmsKeyId === undefined) return trail;
  const { kmsKey: _before, ...keyless } = trail;
  return input.KmsKeyId === "" ? keyless : { ...keyless, kmsKey: await trailKey(input.KmsKeyId, keyless, call) };
}

function withPlainSettings(before: AccountTrail, input: SettingsInput, call: Call): AccountTrail {
  const trail: AccountTrail = { ...before };
  if (input.S3BucketName !== undefined) trail.bucket = checkBucket(input.S3BucketName);
  if (input.S3KeyPrefix !== undefined) setOrDelete(trail, "prefix", checkPrefix(input.S3KeyPrefix));
  if (input.IncludeGlobalServiceEvents !== undefined) trail.globalServiceEvents = input.IncludeGlobalServiceEvents;
  if (input.IsMultiRegionTrail !== undefined) trail.multiRegion = input.IsMultiRegionTrail;
  if (input.EnableLogFileValidation !== undefined) trail.validation = input.EnableLogFileValidation;
  if (input.RecursiveLogging !== undefined) trail.recursiveLogging = input.RecursiveLogging;
  if (input.SnsTopicName !== undefined) {
    const arn = topicArn(input.SnsTopicName, call);
    setOrDelete(trail, "topicArn", arn);
    setOrDelete(trail, "topicName", arn.slice(arn.lastIndexOf(":") + 1));
  }
  if (trail.multiRegion && !trail.globalServiceEvents)
    refuse("InvalidParameterCombinationException", "Multi-Region trail must include global service events.");
  setLogGroup(trail, input, call);
  if (input.IsOrganizationTrail === true) trail.organizationId = managedOrganization(call);
  if (input.IsOrganizationTrail === false) delete trail.organizationId;
  return trail;
}

function setOrDelete<K extends "prefix" | "topicArn" | "topicName" | "logGroupArn" | "logRoleArn">(
  trail: AccountTrail,
  name: K,
  value: string,
): void {
  if (value === "") delete trail[name];
  else trail[name] = value;
}

/** S3's rules for names of buckets. Throws InvalidS3BucketNameException. */
function checkBucket(bucket: string): string {
  const refused = (message: string): never => refuse("InvalidS3BucketNameException", message);
  if (bucket === "") refused("Bucket name cannot be blank!");
  if (bucket.length < 3 || bucket.length > 63) refused("Bucket name must be between 3 and 63 characters long.");
  if (!/^[a-z0-9.-]+$/.test(bucket))
    refused("Bucket name can only contain lowercase letters, numbers, periods (.), and hyphens (-).");
  if (!/^[a-z0-9].*[a-z0-9]$/.test(bucket)) refused("Bucket name must start and end with a letter or number.");
  if (/\.\.|\.-|-\./.test(bucket)) refused("Bucket name cannot have adjacent periods, or periods next to hyphens.");
  if (/^\d+\.\d+\.\d+\.\d+$/.test(bucket)) refused("Bucket name cannot be in IP address format.");
  return bucket;
}

const prefixMost = 200;

/**
 * Throws InvalidS3PrefixException. Differs: AWS takes any text; here it names folders too, so that what S3 calls safe
 * characters is what there is, and no way upwards.
 */
function checkPrefix(given: string): string {
  const prefix = given.replace(/\/$/, "");
  if (given.length > prefixMost)
    refuse("InvalidS3PrefixException", `S3 prefix is longer than maximum length: ${prefixMost}.`);
  const whole = prefix.split("/").every((part) => /^[A-Za-z0-9!_.*'()-]+$/.test(part) && !/^\.+$/.test(part));
  if (prefix !== "" && !whole)
    refuse("InvalidS3PrefixException", "S3 prefix contains characters or parts that are not allowed.");
  return prefix;
}

/** The topic's ARN, or "". Nobody is notified here: there is no SNS. Throws InvalidSnsTopicNameException. */
function topicArn(name: string, call: Call): string {
  if (name === "") return "";
  const arn = name.startsWith("arn:") ? parseArn(name) : undefined;
  if (!/^[A-Za-z0-9_-]{1,256}(\.fifo)?$/.test(arn ? arn.resource : name) || (arn && arn.service !== "sns"))
    refuse("InvalidSnsTopicNameException", "SNS topic name is not valid.");
  return arn ? name : regionalArn("sns", call.region, call.caller.facts.account, name);
}

/** A log group goes with the role that writes to it. Nothing is written here: there are no CloudWatch Logs. */
function setLogGroup(trail: AccountTrail, input: SettingsInput, call: Call): void {
  const { CloudWatchLogsLogGroupArn: group, CloudWatchLogsRoleArn: role } = input;
  if (group === undefined && role === undefined) return;
  if (group !== undefined) setOrDelete(trail, "logGroupArn", group);
  if (role !== undefined) setOrDelete(trail, "logRoleArn", role);
  if (trail.logGroupArn !== undefined && trail.logRoleArn === undefined)
    refuse("InvalidCloudWatchLogsRoleArnException", "You must specify a role ARN as well as a log group.");
  if (trail.logRoleArn !== undefined && trail.logGroupArn === undefined)
    refuse("InvalidCloudWatchLogsLogGroupArnException", "You must specify a log group as well as a role ARN.");
  const { account } = call.caller.facts;
  const named = trail.logGroupArn === undefined ? undefined : parseArn(trail.logGroupArn);
  const isGroup = named?.service === "logs" && named.account === account && /^log-group:[^:]+:\*$/.test(named.resource);
  if (trail.logGroupArn !== undefined && !isGroup)
    refuse("InvalidCloudWatchLogsLogGroupArnException", "CloudTrail cannot validate the specified log group ARN.");
  if (trail.logRoleArn !== undefined && !isRole(trail.logRoleArn, call))
    refuse("InvalidCloudWatchLogsRoleArnException", "Access denied. Check the trust relationships for your role.");
}

function isRole(text: string, call: Call): boolean {
  const arn = parseArn(text);
  const name = arn?.resource.startsWith("role/") ? arn.resource.slice(arn.resource.lastIndexOf("/") + 1) : "";
  if (arn?.service !== "iam" || arn.partition !== partitionOf(call.region)) return false;
  const id = entityId(call.caller.facts.account, name);
  call.used.push(reference.row("role", id));
  return arn.account === call.caller.facts.account && call.entities.get("role", id) !== undefined;
}

/** Throws OrganizationsNotInUseException, NotOrganizationMasterAccountException. */
export function managedOrganization(call: Call): string {
  const id = organizationOf(call);
  if (id !== undefined) call.used.push(reference.row("organization", id));
  const organization = id === undefined ? undefined : call.entities.get<Organization>("organization", id);
  if (!organization)
    return refuse("OrganizationsNotInUseException", "Your account is not a member of an organization.", 404);
  if (organization.content.managementAccount !== call.caller.facts.account)
    refuse(
      "NotOrganizationMasterAccountException",
      "The request could not be processed because your account is not the management account of the organization.",
    );
  return organization.content.id;
}
