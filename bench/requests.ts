import { randomBytes } from "node:crypto";
import { type SigningCredentials, signRequest } from "../src/sigv4/sign.ts";
import { once } from "./load.ts";

/** What is measured: an operation and a body for each of its requests. */
export interface Subject {
  readonly operation: string;
  body(): object;
}

const credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** A whole signed HTTP request, ready to be written to a socket. */
export function request(port: number, operation: string, body: object, who: SigningCredentials = credentials): Buffer {
  const text = JSON.stringify(body);
  const headers = {
    host: `127.0.0.1:${port}`,
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `TrentService.${operation}`,
  };
  const scope = { region: "eu-west-1", service: "kms", now: Date.now() };
  const signed = signRequest({ method: "POST", target: "/", headers, body: Buffer.from(text) }, who, scope);
  const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST / HTTP/1.1\r\n${lines.join("")}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

export async function ask(port: number, operation: string, body: object): Promise<Record<string, any>> {
  const answer = await once(port, request(port, operation, body));
  if (answer.status !== 200) throw new Error(`${operation} was answered ${answer.status}: ${answer.body.toString()}`);
  return JSON.parse(answer.body.toString()) as Record<string, any>;
}

/** Requests that differ from each other in their plaintext or context, so that no signature repeats. */
export function requestsFor(subject: Subject, port: number, count: number): Buffer[] {
  return Array.from({ length: count }, () => request(port, subject.operation, subject.body()));
}

const random = (): string => randomBytes(32).toString("base64");

export const encryptUnder = (keyId: () => string): Subject => ({
  operation: "Encrypt",
  body: () => ({ KeyId: keyId(), Plaintext: random() }),
});

export async function subjects(port: number): Promise<Subject[]> {
  const { KeyMetadata } = await ask(port, "CreateKey", {});
  const KeyId = KeyMetadata.KeyId as string;
  const ciphertexts: string[] = [];
  for (let index = 0; index < 1000; index++)
    ciphertexts.push((await ask(port, "Encrypt", { KeyId, Plaintext: random() })).CiphertextBlob);
  let next = 0;
  return [
    encryptUnder(() => KeyId),
    { operation: "Decrypt", body: () => ({ CiphertextBlob: ciphertexts[next++ % ciphertexts.length] }) },
    { operation: "GenerateDataKey", body: () => ({ KeyId, KeySpec: "AES_256", EncryptionContext: { n: random() } }) },
  ];
}
