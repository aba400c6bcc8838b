import { CreateRoleCommand, PutRolePolicyCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  type Credentials as Issued,
} from "@aws-sdk/client-sts";
import { document, trusting } from "./iam-kit.ts";
import { type Credentials, iam, sts, type TestServer } from "./kit.ts";

export const account = "000000000000";
export const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`;

/** A trust policy of several actions and conditions, for the whole account. */
export const trustingFor = (Action: string | string[], more: object = {}, AWS: string = account): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS }, Action, ...more }] });

/** A role that may do everything, trusted as said; by default by its account. */
export async function newRole(
  server: TestServer,
  RoleName: string,
  trust: string = trusting({ AWS: account }),
  MaxSessionDuration = 3600,
): Promise<string> {
  const admin = iam(server);
  const made = new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, MaxSessionDuration });
  const { Role } = await admin.send(made);
  await admin.send(new PutRolePolicyCommand({ RoleName, PolicyName: "all", PolicyDocument: document("*") }));
  return Role!.Arn!;
}

export const allowUser = async (server: TestServer, UserName: string, action: string | string[]): Promise<unknown> =>
  iam(server).send(new PutUserPolicyCommand({ UserName, PolicyName: "given", PolicyDocument: document(action) }));

export const credentialsOf = ({ AccessKeyId, SecretAccessKey, SessionToken }: Issued): Credentials => ({
  accessKeyId: AccessKeyId!,
  secretAccessKey: SecretAccessKey!,
  sessionToken: SessionToken!,
});

export async function assume(
  server: TestServer,
  by: Credentials,
  role: string,
  more: Partial<AssumeRoleCommandInput> = {},
): Promise<Credentials> {
  const input = { RoleArn: roleArn(role), RoleSessionName: "session", ...more };
  const { Credentials: issued } = await sts(server, by).send(new AssumeRoleCommand(input));
  return credentialsOf(issued!);
}

export const whoIs = async (server: TestServer, who: Credentials): Promise<string> =>
  (await sts(server, who).send(new GetCallerIdentityCommand({}))).Arn!;
