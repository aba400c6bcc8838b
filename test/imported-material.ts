import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from "node:crypto";
import {
  type AlgorithmSpec,
  CreateKeyCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  type ImportKeyMaterialCommandOutput,
  type ImportKeyMaterialRequest,
  type KMSClient,
  type WrappingKeySpec,
} from "@aws-sdk/client-kms";

/** Wraps material as its owner does, with the public key as it was answered. */
export function wrap(publicKey: Uint8Array, algorithm: string, material: Uint8Array): Buffer {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
  const oaepHash = algorithm.endsWith("256") ? "sha256" : "sha1";
  const encrypt = (bytes: Uint8Array) =>
    publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, bytes);
  if (!algorithm.startsWith("RSA_AES_KEY_WRAP")) return encrypt(material);
  const once = randomBytes(32);
  const cipher = createCipheriv("id-aes256-wrap-pad", once, Buffer.from("a65959a6", "hex"));
  return Buffer.concat([encrypt(once), cipher.update(material), cipher.final()]);
}

export interface Parcel {
  readonly ImportToken: Uint8Array;
  readonly EncryptedKeyMaterial: Uint8Array;
}

/** Material on its way: the token and the wrapped bytes. */
export async function parcel(
  client: KMSClient,
  KeyId: string,
  material: Uint8Array,
  WrappingAlgorithm: AlgorithmSpec = "RSAES_OAEP_SHA_256",
  WrappingKeySpec: WrappingKeySpec = "RSA_2048",
): Promise<Parcel> {
  const { ImportToken, PublicKey } = await client.send(
    new GetParametersForImportCommand({ KeyId, WrappingAlgorithm, WrappingKeySpec }),
  );
  return { ImportToken: ImportToken!, EncryptedKeyMaterial: wrap(PublicKey!, WrappingAlgorithm, material) };
}

/** Brings material that does not expire, unless `more` says so. */
export const bring = (
  client: KMSClient,
  KeyId: string,
  sent: Parcel,
  more: Partial<ImportKeyMaterialRequest> = {},
): Promise<ImportKeyMaterialCommandOutput> =>
  client.send(
    new ImportKeyMaterialCommand({ KeyId, ...sent, ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE", ...more }),
  );

/** A key of origin EXTERNAL without material: its id. */
export async function newImportedKey(client: KMSClient, input: object = {}): Promise<string> {
  return (await client.send(new CreateKeyCommand({ Origin: "EXTERNAL", ...input }))).KeyMetadata!.KeyId!;
}
