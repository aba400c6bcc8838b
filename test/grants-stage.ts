import { CreateKeyCommand, EncryptCommand, type EncryptCommandOutput, type KMSClient } from "@aws-sdk/client-kms";
import { kms, testServer, type TestServer } from "./kit.ts";
import { addUser, type Person } from "./principals.ts";

export const Plaintext: Buffer = Buffer.from("attack at dawn");

/** A key, its administrator, and alice, whom no policy allows anything. */
export interface Stage extends AsyncDisposable {
  readonly server: TestServer;
  readonly admin: KMSClient;
  /** ARN of the key. */
  readonly KeyId: string;
  readonly alice: Person;
}

export async function stage(): Promise<Stage> {
  const server = await testServer();
  const admin = kms(server);
  const { KeyMetadata } = await admin.send(new CreateKeyCommand({}));
  const alice = await addUser(server, "alice");
  return { server, admin, KeyId: KeyMetadata!.Arn!, alice, [Symbol.asyncDispose]: () => server.close() };
}

export const encrypting = (
  server: TestServer,
  person: Person,
  KeyId: string,
  more: object = {},
): Promise<EncryptCommandOutput> =>
  kms(server, person.credentials).send(new EncryptCommand({ KeyId, Plaintext, ...more }));
