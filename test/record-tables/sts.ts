import { on, read, type Step } from "./steps.ts";

const session = { accessKeyId: "{answer.Credentials.AccessKeyId}", expiration: "{date}" };
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "kms:*", Resource: "*" }],
});

/** The operations of STS that are signed; a session token never stands in a record. */
export const sts: readonly Step[] = [
  read("GetCallerIdentity", {}, null, { open: true }),
  read("GetAccessKeyInfo", { AccessKeyId: "AKIAIOSFODNN7EXAMPLE" }, { accessKeyId: "AKIAIOSFODNN7EXAMPLE" }),
  read(
    "GetSessionToken",
    { DurationSeconds: 900 },
    { durationSeconds: 900 },
    {
      open: true,
      response: { credentials: session },
    },
  ),
  read(
    "GetFederationToken",
    { Name: "guest", Policy: policy, Tags: [{ Key: "a", Value: "b" }] },
    { name: "guest", policy, tags: [{ key: "a", value: "b" }] },
    {
      response: {
        credentials: session,
        federatedUser: {
          federatedUserId: "{account}:guest",
          arn: "arn:aws:sts::{account}:federated-user/guest",
        },
        packedPolicySize: "{answer.PackedPolicySize}",
      },
    },
  ),
  ...on(
    "arn:aws:iam::{account}:role/deputy",
    read(
      "AssumeRole",
      {
        RoleArn: "arn:aws:iam::{account}:role/deputy",
        RoleSessionName: "work",
        DurationSeconds: 900,
        ExternalId: "customer-7",
        SourceIdentity: "Ann",
        Tags: [{ Key: "team", Value: "shop" }],
        TransitiveTagKeys: ["team"],
      },
      {
        roleArn: "arn:aws:iam::{account}:role/deputy",
        roleSessionName: "work",
        durationSeconds: 900,
        externalId: "customer-7",
        sourceIdentity: "Ann",
        tags: [{ key: "team", value: "shop" }],
        transitiveTagKeys: ["team"],
      },
      {
        response: {
          credentials: session,
          assumedRoleUser: {
            assumedRoleId: "{role}:work",
            arn: "arn:aws:sts::{account}:assumed-role/deputy/work",
          },
          packedPolicySize: "{answer.PackedPolicySize}",
          sourceIdentity: "Ann",
        },
      },
    ),
  ),
  read("DecodeAuthorizationMessage", { EncodedMessage: "{message}" }, { encodedMessage: "{message}" }),
];
