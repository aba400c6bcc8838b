import { compilePolicy } from "../policy/compile.ts";
import type { PolicySource } from "../policy/decision.ts";

/** A managed policy of AWS's own: everybody may read and attach it, nobody may change it. */
export interface AwsManagedPolicy {
  readonly arn: string;
  readonly name: string;
  /** `/` or `/aws-service-role/`. */
  readonly path: string;
  readonly uniqueId: string;
  readonly description: string;
  readonly version: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly text: string;
}

interface Written {
  readonly name: string;
  readonly path?: string;
  readonly id: string;
  readonly description: string;
  readonly version: string;
  readonly created: string;
  readonly updated: string;
  readonly statement: object | readonly object[];
}

const allow = (...Action: string[]): object => ({ Effect: "Allow", Action, Resource: "*" });

/** What people attach who operate keys, and who look after those that do. */
const written: readonly Written[] = [
  {
    name: "AdministratorAccess",
    id: "ANPAIWMBCKSKIEE64ZLYK",
    description: "Provides full access to AWS services and resources.",
    version: "v1",
    created: "2015-02-06T18:39:46Z",
    updated: "2015-02-06T18:39:46Z",
    statement: { Effect: "Allow", Action: "*", Resource: "*" },
  },
  {
    name: "PowerUserAccess",
    id: "ANPAJYRXTHIB4FOVS3ZXS",
    description:
      "Provides full access to AWS services and resources, but does not allow management of Users and groups.",
    version: "v6",
    created: "2015-02-06T18:39:47Z",
    updated: "2025-02-27T18:06:15Z",
    statement: [
      { Effect: "Allow", NotAction: ["iam:*", "organizations:*", "account:*"], Resource: "*" },
      allow(
        "account:GetAccountInformation",
        "account:GetPrimaryEmail",
        "account:ListRegions",
        "iam:CreateServiceLinkedRole",
        "iam:DeleteServiceLinkedRole",
        "iam:ListRoles",
        "organizations:DescribeOrganization",
      ),
    ],
  },
  {
    name: "ReadOnlyAccess",
    id: "ANPAILL3HVNFSB6DCOWYQ",
    description: "Provides read-only access to AWS services and resources.",
    version: "v1",
    created: "2015-02-06T18:39:48Z",
    updated: "2015-02-06T18:39:48Z",
    // Differs: AWS lists every service; these are the services that there are here.
    statement: allow(
      "cloudtrail:Describe*",
      "cloudtrail:Get*",
      "cloudtrail:List*",
      "cloudtrail:LookupEvents",
      "ec2:Describe*",
      "iam:Generate*",
      "iam:Get*",
      "iam:List*",
      "iam:Simulate*",
      "kms:Describe*",
      "kms:Get*",
      "kms:List*",
      "organizations:Describe*",
      "organizations:List*",
      "s3:Get*",
      "s3:List*",
      "sts:GetAccessKeyInfo",
      "sts:GetCallerIdentity",
    ),
  },
  {
    name: "SecurityAudit",
    id: "ANPAIX2T3QCXHR2OGGCTO",
    description: "The security audit template grants access to read security configuration metadata.",
    version: "v1",
    created: "2015-02-06T18:41:01Z",
    updated: "2015-02-06T18:41:01Z",
    // Differs: as ReadOnlyAccess.
    statement: allow(
      "cloudtrail:Describe*",
      "cloudtrail:Get*",
      "cloudtrail:List*",
      "cloudtrail:LookupEvents",
      "iam:Generate*",
      "iam:Get*",
      "iam:List*",
      "iam:Simulate*",
      "kms:Describe*",
      "kms:Get*",
      "kms:List*",
      "organizations:Describe*",
      "organizations:List*",
    ),
  },
  {
    name: "IAMFullAccess",
    id: "ANPAI7XKCFMBPM3QQRRVQ",
    description: "Provides full access to IAM via the AWS Management Console.",
    version: "v2",
    created: "2015-02-06T18:40:38Z",
    updated: "2019-06-21T19:40:00Z",
    statement: allow(
      "iam:*",
      "organizations:DescribeAccount",
      "organizations:DescribeOrganization",
      "organizations:DescribeOrganizationalUnit",
      "organizations:DescribePolicy",
      "organizations:ListChildren",
      "organizations:ListParents",
      "organizations:ListPoliciesForTarget",
      "organizations:ListRoots",
      "organizations:ListPolicies",
      "organizations:ListTargetsForPolicy",
    ),
  },
  {
    name: "IAMReadOnlyAccess",
    id: "ANPAJKSO7NDY4T57MWDSQ",
    description: "Provides read only access to IAM via the AWS Management Console.",
    version: "v4",
    created: "2015-02-06T18:40:39Z",
    updated: "2018-01-25T19:11:27Z",
    statement: allow(
      "iam:GenerateCredentialReport",
      "iam:GenerateServiceLastAccessedDetails",
      "iam:Get*",
      "iam:List*",
      "iam:SimulateCustomPolicy",
      "iam:SimulatePrincipalPolicy",
    ),
  },
  {
    name: "AWSKeyManagementServicePowerUser",
    id: "ANPAJNPP7PPPPMJRV2SA4",
    description: "Provides access to AWS Key Management Service (KMS).",
    version: "v2",
    created: "2015-02-06T18:40:40Z",
    updated: "2017-03-07T00:55:11Z",
    statement: allow(
      "kms:CreateAlias",
      "kms:CreateKey",
      "kms:DeleteAlias",
      "kms:Describe*",
      "kms:GenerateRandom",
      "kms:Get*",
      "kms:List*",
      "kms:TagResource",
      "kms:UntagResource",
      "iam:ListGroups",
      "iam:ListRoles",
      "iam:ListUsers",
    ),
  },
];

export const awsManagedPolicies: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  written.map(({ name, path = "/", id, description, version, created, updated, statement }) => {
    const arn = `arn:aws:iam::aws:policy${path}${name}`;
    const text = JSON.stringify({ Version: "2012-10-17", Statement: [statement].flat() });
    const [createdAt, updatedAt] = [Date.parse(created), Date.parse(updated)];
    return [arn, { arn, name, path, uniqueId: id, description, version, createdAt, updatedAt, text }];
  }),
);

const compiledOnce = new Map<string, PolicySource[]>();

/** Ready to decide with; undefined when AWS has, or we have, no such policy. */
export function awsManagedSource(arn: string): readonly PolicySource[] | undefined {
  const known = compiledOnce.get(arn);
  const policy = awsManagedPolicies.get(arn);
  if (known || !policy) return known;
  const made = [{ name: arn, arn, policy: compilePolicy(policy.text, "identity") }];
  compiledOnce.set(arn, made);
  return made;
}
