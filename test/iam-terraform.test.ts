import assert from "node:assert/strict";
import { test } from "node:test";
import { GetRoleCommand, ListRolesCommand, ListUsersCommand, ListPoliciesCommand } from "@aws-sdk/client-iam";
import { iam, testServer } from "./kit.ts";
import { initTerraform, terraformMissing } from "./terraform.ts";

const document = (action: string): string => `jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "${action}", Resource = "*" }]
  })`;

const trusting = (principal: string): string => `jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { ${principal} } }]
  })`;

const configuration = (team: string): string => `
resource "aws_iam_user" "alice" {
  name                 = "alice"
  path                 = "/staff/"
  permissions_boundary = aws_iam_policy.most.arn
  force_destroy        = true
  tags                 = { team = "${team}" }
}
resource "aws_iam_access_key" "alice" { user = aws_iam_user.alice.name }
resource "aws_iam_user_policy" "alice" {
  user   = aws_iam_user.alice.name
  name   = "encrypt"
  policy = ${document("kms:Encrypt")}
}
resource "aws_iam_user_policy_attachment" "alice" {
  user       = aws_iam_user.alice.name
  policy_arn = aws_iam_policy.keys.arn
}
resource "aws_iam_user" "bob" { name = "bob" }
resource "aws_iam_group" "staff" { name = "staff" }
resource "aws_iam_group" "night" { name = "night" }
resource "aws_iam_group_policy" "staff" {
  group  = aws_iam_group.staff.name
  name   = "list"
  policy = ${document("kms:List*")}
}
resource "aws_iam_group_policy_attachment" "staff" {
  group      = aws_iam_group.staff.name
  policy_arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
}
resource "aws_iam_group_membership" "staff" {
  name  = "staff"
  group = aws_iam_group.staff.name
  users = [aws_iam_user.bob.name]
}
resource "aws_iam_user_group_membership" "alice" {
  user   = aws_iam_user.alice.name
  groups = [aws_iam_group.night.name]
}
resource "aws_iam_policy" "most" {
  name   = "most"
  policy = ${document("*")}
}
resource "aws_iam_policy" "keys" {
  name        = "keys"
  path        = "/team/"
  description = "what ${team} needs"
  policy      = ${document(team === "sales" ? "kms:*" : "kms:Decrypt")}
  tags        = { team = "${team}" }
}
resource "aws_iam_policy" "loose" {
  name   = "loose"
  policy = ${document("kms:GenerateRandom")}
}
resource "aws_iam_policy_attachment" "loose" {
  name       = "loose"
  policy_arn = aws_iam_policy.loose.arn
  users      = [aws_iam_user.bob.name]
  roles      = [aws_iam_role.worker.name]
  groups     = [aws_iam_group.night.name]
}
resource "aws_iam_role" "worker" {
  name                 = "worker"
  path                 = "/service/"
  description          = "works for ${team}"
  max_session_duration = 7200
  permissions_boundary = aws_iam_policy.most.arn
  assume_role_policy   = ${trusting("AWS = aws_iam_user.alice.arn")}
  tags                 = { team = "${team}" }
}
resource "aws_iam_role_policy" "worker" {
  role   = aws_iam_role.worker.name
  name   = "decrypt"
  policy = ${document("kms:Decrypt")}
}
resource "aws_iam_role_policy_attachment" "worker" {
  role       = aws_iam_role.worker.name
  policy_arn = aws_iam_policy.keys.arn
}
resource "aws_iam_role" "machine" {
  name               = "machine"
  assume_role_policy = ${trusting('Service = "ec2.amazonaws.com"')}
}
resource "aws_iam_instance_profile" "machine" {
  name = "machine"
  role = aws_iam_role.machine.name
  tags = { team = "${team}" }
}
resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://token.ci.example.com"
  client_id_list  = ["sts.amazonaws.com", "${team}"]
  thumbprint_list = ["cf23df2207d99a74fbe169e3eba035e633b65d94"]
  tags            = { team = "${team}" }
}
resource "aws_iam_service_linked_role" "scaling" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "shop"
}
resource "aws_iam_account_alias" "us" { account_alias = "${team}-keys" }
data "aws_iam_policy" "admin" { name = "AdministratorAccess" }
data "aws_iam_users" "all" { depends_on = [aws_iam_user.alice, aws_iam_user.bob] }
output "role" { value = aws_iam_role.worker.arn }
output "admin" { value = data.aws_iam_policy.admin.arn }
`;

test("Terraform makes all there is in IAM, sees no difference, changes it and takes it away", {
  skip: terraformMissing,
}, async () => {
  await using server = await testServer();
  const admin = iam(server);
  using terraform = await initTerraform(server, configuration("shop"));
  await terraform.apply();
  await terraform.planIsEmpty();
  assert.equal(await terraform.output("role"), "arn:aws:iam::000000000000:role/service/worker");
  assert.equal(await terraform.output("admin"), "arn:aws:iam::aws:policy/AdministratorAccess");
  const { Role } = await admin.send(new GetRoleCommand({ RoleName: "worker" }));
  assert.match(decodeURIComponent(Role!.AssumeRolePolicyDocument!), /user\/staff\/alice/);

  await terraform.change(configuration("sales"));
  const changed = await admin.send(new GetRoleCommand({ RoleName: "worker" }));
  assert.deepEqual(changed.Role!.Tags, [{ Key: "team", Value: "sales" }]);

  await terraform.destroy();
  assert.deepEqual((await admin.send(new ListUsersCommand({}))).Users, []);
  assert.deepEqual((await admin.send(new ListRolesCommand({}))).Roles, []);
  assert.deepEqual((await admin.send(new ListPoliciesCommand({ Scope: "Local" }))).Policies, []);
});
