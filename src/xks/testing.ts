import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { signRequest } from "../sigv4/sign.ts";
import type { WireRequest } from "../wire/protocol.ts";
import { type ExternalKeys, XksRefusal } from "./keys.ts";
import { XksProxyServer } from "./proxy.ts";

export const credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } = {
  accessKeyId: "ABCDEFGHIJKLMNOPQRST",
  secretAccessKey: "s".repeat(43),
};
export const now: number = Date.UTC(2026, 0, 1);
const key = randomBytes(32);

/** One key, "one", that keeps its promises. */
export const keys: ExternalKeys = {
  healthy: () => Promise.resolve(true),
  describe: (keyId) =>
    keyId === "one"
      ? Promise.resolve({ symmetric: true, enabled: true })
      : Promise.reject(new XksRefusal("KeyNotFoundException")),
  encrypt: (_keyId, message, associated) => {
    const iv = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, iv);
    cipher.setAAD(associated);
    const ciphertext = Buffer.concat([cipher.update(message), cipher.final()]);
    return Promise.resolve({ ciphertext, iv, tag: cipher.getAuthTag(), metadata: Buffer.from("m") });
  },
  decrypt: (_keyId, { ciphertext, iv, tag }, associated) => {
    const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: 16 });
    decipher.setAAD(associated);
    decipher.setAuthTag(tag);
    const message = decipher.update(ciphertext);
    try {
      decipher.final();
      return Promise.resolve(message);
    } catch {
      return Promise.reject(new XksRefusal("InvalidCiphertextException"));
    }
  },
};

const proxy = new XksProxyServer({ prefix: "/example", credentials: [credentials], clocks: { wall: () => now } }, keys);

export interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly by?: typeof credentials;
  readonly service?: string;
  readonly at?: number;
  readonly raw?: string;
}

/** Asks a proxy of that key, signed as the test says. */
export function ask(path: string, content: unknown, asked: Asked = {}): Promise<{ status: number; content: any }> {
  const target = asked.path ?? `/example/kms/xks/v1${path}`;
  const body = Buffer.from(asked.raw ?? JSON.stringify(content));
  const unsigned = {
    method: asked.method ?? "POST",
    target,
    headers: { host: "xks.test", "content-type": "application/json" },
    body,
  };
  const scope = { region: "eu-west-1", service: asked.service ?? "kms-xks-proxy", now: asked.at ?? now };
  const signed = signRequest(unsigned, asked.by ?? credentials, scope);
  const headers = new Map(Object.entries(signed).map(([name, value]) => [name, [value]]));
  const request: WireRequest = { ...unsigned, headers, remoteAddress: "", secure: true, requestId: "1" };
  return proxy.answer(request);
}

export const requestMetadata: object = {
  awsPrincipalArn: "arn:aws:iam::111122223333:user/Alice",
  kmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
  kmsOperation: "Encrypt",
  kmsRequestId: "4112f4d6-db54-4af4-ae30-c55a22a8dfae",
};
export const plaintext: string = Buffer.from("attack at dawn").toString("base64");
export const encrypting: object = { requestMetadata, plaintext, encryptionAlgorithm: "AES_GCM" };
