import assert from "node:assert/strict";
import { createPublicKey, hash, verify } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { type CloudTrailClient, ListPublicKeysCommand } from "@aws-sdk/client-cloudtrail";
import type { TrailRecord } from "./trail.ts";

/** A file that was delivered: its bucket and key, and what it holds. */
export interface DeliveredFile {
  readonly key: string;
  readonly content: any;
}

function filesBelow(folder: string, kind: string): DeliveredFile[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return paths
    .filter((path) => path.endsWith(".json.gz") && path.includes(`/${kind}/`))
    .toSorted()
    .map((path) => ({
      key: relative(folder, path),
      content: JSON.parse(gunzipSync(readFileSync(path)).toString()) as unknown,
    }));
}

/** In the order of their names: those of one minute have no other. */
export const logFiles = (folder: string): DeliveredFile[] => filesBelow(folder, "CloudTrail");
export const digestFiles = (folder: string): DeliveredFile[] => filesBelow(folder, "CloudTrail-Digest");

const writtenAt = (path: string): bigint => statSync(path, { bigint: true }).mtimeNs;

/** As they were written. */
export const deliveredRecords = (folder: string): TrailRecord[] =>
  logFiles(folder)
    .toSorted((a, b) => Number(writtenAt(join(folder, a.key)) - writtenAt(join(folder, b.key))))
    .flatMap(({ content }) => content.Records as TrailRecord[]);

export const eventNames = (folder: string): string[] => deliveredRecords(folder).map(({ eventName }) => eventName);

/** Every digest file under the public keys (PKCS#1, by fingerprint), as `validate-logs` holds them, and no log file outside them. */
export function checkDigests(folder: string, publicKeys: ReadonlyMap<string, Uint8Array>): void {
  const named = new Set<string>();
  const signatures = new Map<string, string>();
  for (const { key, content: digest } of digestFiles(folder)) {
    const path = join(folder, key);
    const text = gunzipSync(readFileSync(path));
    const { signature } = JSON.parse(readFileSync(`${path}.metadata.json`, "utf8")) as { signature: string };
    signatures.set(key, signature);
    assert.equal(`${digest.digestS3Bucket}/${digest.digestS3Object}`, key);
    const publicKey = createPublicKey({
      key: Buffer.from(publicKeys.get(digest.digestPublicKeyFingerprint as string)!),
      format: "der",
      type: "pkcs1",
    });
    const before = (digest.previousDigestSignature as string | null) ?? "null";
    const signed = `${digest.digestEndTime}\n${key}\n${hash("sha256", text)}\n${before}`;
    assert.ok(verify("sha256", Buffer.from(signed), publicKey, Buffer.from(signature, "hex")), key);
    for (const { s3Bucket, s3Object, hashValue } of digest.logFiles as Record<string, string>[]) {
      assert.ok(!named.has(`${s3Bucket}/${s3Object}`), `${s3Object} is in two digest files`);
      named.add(`${s3Bucket}/${s3Object}`);
      assert.equal(hash("sha256", gunzipSync(readFileSync(join(folder, `${s3Bucket}/${s3Object}`)))), hashValue);
    }
  }
  for (const { key, content } of digestFiles(folder))
    if (content.previousDigestS3Object !== null)
      assert.equal(
        signatures.get(`${content.previousDigestS3Bucket}/${content.previousDigestS3Object}`),
        content.previousDigestSignature,
        key,
      );
  assert.deepEqual(
    [...named].toSorted(),
    logFiles(folder)
      .map(({ key }) => key)
      .toSorted(),
  );
}

/** By fingerprint, for `checkDigests`. */
export async function publicKeysOf(client: CloudTrailClient): Promise<Map<string, Uint8Array>> {
  const input = { StartTime: new Date("2000-01-01"), EndTime: new Date("2100-01-01") };
  const { PublicKeyList } = await client.send(new ListPublicKeysCommand(input));
  return new Map(PublicKeyList!.map(({ Fingerprint, Value }) => [Fingerprint!, Value!]));
}
