import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
  type GetKeyRotationStatusCommandOutput,
  type IncludeKeyMaterial,
  type KMSClient,
  type RotationsListEntry,
} from "@aws-sdk/client-kms";
import { kms, type TestServer } from "./kit.ts";

export const day = 86_400_000;

/** A symmetric key, and what a test of rotation asks of it. */
export interface RotatingKey {
  readonly client: KMSClient;
  readonly KeyId: string;
  readonly arn: string;
  status(): Promise<Partial<GetKeyRotationStatusCommandOutput>>;
  rotations(included?: IncludeKeyMaterial): Promise<RotationsListEntry[]>;
  encrypt(text: string): Promise<Uint8Array>;
  /** The plaintext, and the id of the material that opened it. */
  open(ciphertext: Uint8Array): Promise<[string, string | undefined]>;
  current(): Promise<string>;
}

export async function rotating(server: TestServer): Promise<RotatingKey> {
  const client = kms(server);
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata!.KeyId!;
  return {
    client,
    KeyId,
    arn: KeyMetadata!.Arn!,
    status: async () => {
      const { $metadata: _m, ...status } = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
      return status;
    },
    rotations: async (IncludeKeyMaterial: IncludeKeyMaterial = "ROTATIONS_ONLY") =>
      (await client.send(new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial }))).Rotations!,
    encrypt: async (text: string) =>
      (await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(text) }))).CiphertextBlob!,
    open: async (CiphertextBlob: Uint8Array) => {
      const { Plaintext, KeyMaterialId } = await client.send(new DecryptCommand({ CiphertextBlob }));
      return [Buffer.from(Plaintext!).toString(), KeyMaterialId];
    },
    current: async () => (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!.CurrentKeyMaterialId!,
  };
}
