const allow = (action: string | readonly string[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: "*" }] });

/** The managed policies of AWS's own that people attach to operators of keys: ARN → document. */
export const awsManagedPolicies: ReadonlyMap<string, string> = new Map([
  ["arn:aws:iam::aws:policy/AdministratorAccess", allow("*")],
  ["arn:aws:iam::aws:policy/IAMFullAccess", allow("iam:*")],
  [
    "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser",
    allow([
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
    ]),
  ],
]);
