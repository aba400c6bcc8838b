import { randomBytes } from "node:crypto";
import { refuse } from "../../errors.ts";
import { type Call, FirstUse } from "../../operation.ts";
import { keyResource } from "./ask-key.ts";
import { type Alias, aliasRowId, keyRowId } from "./entities.ts";
import { keyArn, readAlias } from "./find-key.ts";
import { newKey } from "./new-key.ts";

/** Services whose AWS managed key is predefined: `alias/aws/<name>` and the service that speaks for it (kms.md, 12). */
const services: Readonly<Record<string, { readonly via: string; readonly description: string }>> = {
  ebs: { via: "ec2", description: "Default key that protects my EBS volumes when no other key is defined" },
  rds: { via: "rds", description: "Default key that protects my RDS database volumes when no other key is defined" },
  s3: { via: "s3", description: "Default key that protects my S3 objects when no other key is defined" },
  secretsmanager: {
    via: "secretsmanager",
    description: "Default key that protects my Secrets Manager data when no other key is defined",
  },
  ssm: { via: "ssm", description: "Default key that protects my SSM parameters when no other key is defined" },
  dynamodb: { via: "dynamodb", description: "Default key that protects my DynamoDB data when no other key is defined" },
  lambda: { via: "lambda", description: "Default key that protects my Lambda functions when no other key is defined" },
  sqs: { via: "sqs", description: "Default key that protects my SQS messages when no other key is defined" },
  sns: { via: "sns", description: "Default key that protects my SNS data when no other key is defined" },
};

export const predefinedAliases: readonly string[] = Object.keys(services).map((name) => `alias/aws/${name}`);

/** Makes the AWS managed key when the request names its alias for the first time in an account and Region. */
export function withManagedKey<T>(given: string, call: Call, find: () => T): T {
  const [, account = call.caller.facts.account, name = ""] =
    /^(?:arn:[^:]+:kms:[^:]+:(\d{12}):)?alias\/aws\/([a-z0-9]+)$/.exec(given) ?? [];
  const service = services[name];
  if (!service || account !== call.caller.facts.account || readAlias(`alias/aws/${name}`, account, call)) return find();
  throw managedKey(name, service, account, call);
}

function managedKey(
  name: string,
  { via, description }: { via: string; description: string },
  account: string,
  call: Call,
): FirstUse {
  const policy = { text: managedPolicy(name, via, account, call.region), principals: {} };
  const kind = { spec: "SYMMETRIC_DEFAULT", usage: "ENCRYPT_DECRYPT", manager: "AWS" } as const;
  const secret = randomBytes(32);
  const { key, changes } = newKey({ account, description, policy, tags: [], ...kind }, { secret }, call);
  const alias: Alias = { name: `alias/aws/${name}`, targetKeyId: key.keyId, createdAt: call.now, updatedAt: call.now };
  const scope = `${account}/${call.region}`;
  const parent = keyRowId(call.region, key.keyId);
  const row = call.entities.create("alias", aliasRowId(account, call.region, alias.name), alias, { scope, parent });
  const resources = [keyResource({ arn: keyArn(key), account })];
  return new FirstUse([...changes, row], { name: "CreateKey", region: call.region, account, resources });
}

/** Everybody in the account through the service, and its metadata to the account (kms.md, section 12). */
const managedPolicy = (name: string, via: string, account: string, region: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Id: `auto-${name}-1`,
    Statement: [
      {
        Sid: `Allow access through ${via} for all principals in the account that are authorized to use ${via}`,
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [
          "kms:Encrypt",
          "kms:Decrypt",
          "kms:ReEncrypt*",
          "kms:GenerateDataKey*",
          "kms:CreateGrant",
          "kms:DescribeKey",
        ],
        Resource: "*",
        Condition: {
          StringEquals: { "kms:CallerAccount": account, "kms:ViaService": `${via}.${region}.amazonaws.com` },
        },
      },
      {
        Sid: "Allow direct access to key metadata to the account",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
        Resource: "*",
      },
    ],
  });

/** Aliases below alias/aws/ are AWS's own. */
export function refuseReserved(name: string): void {
  if (name.startsWith("alias/aws/"))
    refuse("NotAuthorizedException", "Aliases that begin with alias/aws/ are reserved.");
}
