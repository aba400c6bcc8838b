import { isUtf8 } from "node:buffer";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { OperatorError } from "../errors.ts";
import { type AwsEndpoint, callKms } from "./aws-client.ts";

/**
 * A value of a .env file that is safe to commit. The Region is where the key lives.
 *
 *   kms:v1:REGION:CIPHERTEXT                      CIPHERTEXT: what kms:Encrypt answered, base64
 *   kms-envelope:v1:REGION:KEY:CONTENT            KEY: a data key's CiphertextBlob, base64;
 *                                                 CONTENT: base64 of IV (12 bytes) ‖ AES-256-GCM ‖ tag (16 bytes),
 *                                                 the name as associated data
 *
 * The encryption context binds both to the name: {"claviger:env": NAME}. A value moved to another name does not open.
 */
const form = /^kms(-envelope)?:v1:([a-z0-9-]{1,32}):([A-Za-z0-9+/]+={0,2})(?::([A-Za-z0-9+/]+={0,2}))?$/;

/** The most that kms:Encrypt takes, in bytes. */
const directMostBytes = 4096;

/** A place and a key that the endpoint there knows. */
export interface Sealer {
  readonly endpoint: AwsEndpoint;
  readonly key: string;
}

const contextOf = (name: string) => ({ "claviger:env": name });

export const isSealed = (value: string): boolean => form.test(value);

/** Looks like one of ours and is not: a damaged value must not reach a program as if it were the secret. */
export const isDamaged = (value: string): boolean => /^kms(-envelope)?:v1:/.test(value) && !form.test(value);

/** The Region that a sealed value names. */
export const regionOf = (sealed: string): string => form.exec(sealed)?.[2] ?? "";

export async function sealValue(name: string, value: string, { endpoint, key }: Sealer): Promise<string> {
  const plain = Buffer.from(value, "utf8");
  const EncryptionContext = contextOf(name);
  if (plain.length <= directMostBytes) {
    const input = { KeyId: key, Plaintext: plain.toString("base64"), EncryptionContext };
    const { CiphertextBlob } = await callKms<{ CiphertextBlob: string }>(endpoint, "Encrypt", input);
    return `kms:v1:${endpoint.region}:${CiphertextBlob}`;
  }
  const input = { KeyId: key, KeySpec: "AES_256", EncryptionContext };
  const dataKey = await callKms<{ Plaintext: string; CiphertextBlob: string }>(endpoint, "GenerateDataKey", input);
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(dataKey.Plaintext, "base64"), iv);
  cipher.setAAD(Buffer.from(name));
  const content = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return `kms-envelope:v1:${endpoint.region}:${dataKey.CiphertextBlob}:${content.toString("base64")}`;
}

/** Throws AwsRefusal when KMS does not open it, OperatorError when the content was changed. */
export async function openValue(name: string, sealed: string, endpoint: AwsEndpoint): Promise<string> {
  const [, envelope, , blob, content] = form.exec(sealed) ?? [];
  if ((envelope === undefined) !== (content === undefined)) throw changed(name);
  const input = { CiphertextBlob: blob, EncryptionContext: contextOf(name) };
  const { Plaintext } = await callKms<{ Plaintext: string }>(endpoint, "Decrypt", input);
  const opened = Buffer.from(Plaintext, "base64");
  const plain = content === undefined ? opened : openContent(name, opened, Buffer.from(content, "base64"));
  if (isUtf8(plain)) return plain.toString("utf8");
  throw new OperatorError(`Cannot decrypt ${name}: its value is not text`);
}

function openContent(name: string, key: Buffer, content: Buffer): Buffer {
  if (content.length < 28 || key.length !== 32) throw changed(name);
  const decipher = createDecipheriv("aes-256-gcm", key, content.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(name));
  decipher.setAuthTag(content.subarray(-16));
  const opened = decipher.update(content.subarray(12, -16));
  try {
    return Buffer.concat([opened, decipher.final()]);
  } catch {
    throw changed(name);
  }
}

const changed = (name: string): OperatorError =>
  new OperatorError(`Cannot decrypt ${name}: its value was changed after it was encrypted`);
