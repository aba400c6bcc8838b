import { CreateAccessKeyCommand, CreateUserCommand } from "@aws-sdk/client-iam";
import { type Credentials, iam, type TestServer } from "./kit.ts";

/** A policy document of one statement. */
export const document = (Action: string | string[], more: object = {}): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*", ...more }] });

/** A trust policy that lets that principal in. */
export const trusting = (Principal: object | string): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal }] });

/** A user made through IAM, with an access key. */
export async function newUser(server: TestServer, UserName: string, by?: Credentials): Promise<Credentials> {
  await iam(server, by).send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam(server, by).send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
}

/** The records of the server's trail, oldest first. */
export async function records(server: TestServer): Promise<Record<string, any>[]> {
  const { lines } = await server.house.store.trail.after(0, 1000);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
