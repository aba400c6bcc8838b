import { GetRoleCommand, GetUserCommand } from "@aws-sdk/client-iam";
import { GetFederationTokenCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { document, newUser } from "./iam-kit.ts";
import { token } from "./issuer.ts";
import { type Credentials, iam, root, sts } from "./kit.ts";
import { account, allowUser, assume, credentialsOf, newRole, trustingFor } from "./sts-kit.ts";
import { providerArn, type Scene } from "./web-identity-stage.ts";

/** Everybody who can sign here, and what stands in a record of the own account beside the access key. */
export interface SigningKind {
  readonly kind: string;
  readonly credentials: Credentials;
  readonly userIdentity: object;
  readonly principalId: string;
}

/** Issued at a time that only the server knows, to the second. */
const attributes = { creationDate: "(a time)", mfaAuthenticated: "false" };

export async function signingKinds({ server, issuer, assume: assumeWeb }: Scene): Promise<SigningKind[]> {
  const user = await newUser(server, "ann");
  const userSts = sts(server, user);
  await allowUser(server, "ann", ["sts:*", "kms:*"]);
  await newRole(server, "plain", trustingFor(["sts:AssumeRole", "sts:SetSourceIdentity"]));
  const { UserId: aida = "" } = (await iam(server).send(new GetUserCommand({ UserName: "ann" }))).User!;
  const idOf = async (RoleName: string) => (await iam(server).send(new GetRoleCommand({ RoleName }))).Role!.RoleId!;
  const [plain, web] = [await idOf("plain"), await idOf("web")];
  const userArn = `arn:aws:iam::${account}:user/ann`;
  const rootArn = `arn:aws:iam::${account}:root`;
  const federation = new GetFederationTokenCommand({ Name: "guest", Policy: document("*") });
  const federated = { arn: `arn:aws:sts::${account}:federated-user/guest`, accountId: account };
  const issuerOf = (name: string, principalId: string) => ({
    type: "Role",
    principalId,
    arn: `arn:aws:iam::${account}:role/${name}`,
    accountId: account,
    userName: name,
  });
  const session = (arn: string, sessionContext: object) => ({
    type: "AssumedRole",
    arn,
    accountId: account,
    sessionContext,
  });
  const plainArn = `arn:aws:sts::${account}:assumed-role/plain/session`;
  return [
    {
      kind: "root",
      credentials: root,
      userIdentity: { type: "Root", arn: rootArn, accountId: account },
      principalId: account,
    },
    {
      kind: "root's session",
      credentials: credentialsOf((await sts(server).send(new GetSessionTokenCommand({}))).Credentials!),
      userIdentity: { type: "Root", arn: rootArn, accountId: account, sessionContext: { attributes } },
      principalId: account,
    },
    {
      kind: "a user",
      credentials: user,
      userIdentity: { type: "IAMUser", arn: userArn, accountId: account, userName: "ann" },
      principalId: aida,
    },
    {
      kind: "a user's session",
      credentials: credentialsOf((await userSts.send(new GetSessionTokenCommand({}))).Credentials!),
      userIdentity: {
        type: "IAMUser",
        arn: userArn,
        accountId: account,
        userName: "ann",
        sessionContext: { attributes },
      },
      principalId: aida,
    },
    {
      kind: "a role's session",
      credentials: await assume(server, user, "plain"),
      userIdentity: session(plainArn, { sessionIssuer: issuerOf("plain", plain), attributes }),
      principalId: `${plain}:session`,
    },
    {
      kind: "a role's session with a source identity",
      credentials: await assume(server, user, "plain", { SourceIdentity: "Ann" }),
      userIdentity: session(plainArn, {
        sessionIssuer: issuerOf("plain", plain),
        attributes,
        sourceIdentity: "Ann",
      }),
      principalId: `${plain}:session`,
    },
    {
      kind: "a web identity's session",
      credentials: credentialsOf((await assumeWeb(token(issuer))).Credentials!),
      userIdentity: session(`arn:aws:sts::${account}:assumed-role/web/build`, {
        sessionIssuer: issuerOf("web", web),
        webIdFederationData: { federatedProvider: providerArn, attributes: {} },
        attributes,
      }),
      principalId: `${web}:build`,
    },
    {
      kind: "a user's federated user",
      credentials: credentialsOf((await userSts.send(federation)).Credentials!),
      userIdentity: {
        type: "FederatedUser",
        ...federated,
        sessionContext: {
          sessionIssuer: { type: "IAMUser", principalId: aida, arn: userArn, accountId: account, userName: "ann" },
          attributes,
        },
      },
      principalId: `${account}:guest`,
    },
    {
      kind: "root's federated user",
      credentials: credentialsOf((await sts(server).send(federation)).Credentials!),
      userIdentity: {
        type: "FederatedUser",
        ...federated,
        sessionContext: {
          sessionIssuer: { type: "Root", principalId: account, arn: rootArn, accountId: account },
          attributes,
        },
      },
      principalId: `${account}:guest`,
    },
  ];
}
