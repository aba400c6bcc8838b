import { hash, type KeyObject, sign } from "node:crypto";
import type { AccountTrail, LogFile, PreviousDigest } from "./entities.ts";
import { compactTime, compressed, folderOf } from "./log-file.ts";

/**
 * Digest files as `aws cloudtrail validate-logs` reads them (iam.md, section 6). A digest file names every log file of
 * an hour with its hash, and the digest file before it with its signature:
 *
 *   signature = RSASSA-PKCS1-v1_5 with SHA-256 over
 *     digestEndTime "\n" bucket "/" key "\n" hex(SHA-256(the file before compression)) "\n" previous signature | "null"
 *
 * in hexadecimal, as the object's metadata.
 */
export interface DigestInput {
  readonly trail: AccountTrail;
  readonly account: string;
  readonly region: string;
  /** Milliseconds. */
  readonly start: number;
  readonly end: number;
  readonly files: readonly LogFile[];
  readonly previous: PreviousDigest | undefined;
  readonly fingerprint: string;
  readonly key: KeyObject;
  /** The hour was missed, and this is when its digest file is made. */
  readonly backfilledAt?: number;
}

export interface SignedDigest extends PreviousDigest {
  readonly bytes: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
}

const algorithm = "SHA256withRSA";
const hashAlgorithm = "SHA-256";
const second = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

export async function signedDigest(input: DigestInput): Promise<SignedDigest> {
  const { trail, end, previous, key, backfilledAt } = input;
  const { bucket } = trail;
  const object = objectOf(input);
  const content = Buffer.from(JSON.stringify(contentOf(input, object)));
  const digest = hash("sha256", content);
  const text = `${second(end)}\n${bucket}/${object}\n${digest}\n${previous?.signature ?? "null"}`;
  const signature = await signed(text, key);
  const backfill = backfilledAt !== undefined && { "backfill-generation-timestamp": second(backfilledAt) };
  return {
    bucket,
    object,
    hash: digest,
    signature,
    bytes: await compressed(content),
    metadata: { signature, "signature-algorithm": algorithm, ...backfill },
  };
}

function objectOf({ trail, account, region, end, backfilledAt }: DigestInput): string {
  const folder = folderOf(trail, account, region, "CloudTrail-Digest", end);
  const ending = backfilledAt === undefined ? "" : "_backfill";
  const name = `${account}_CloudTrail-Digest_${region}_${trail.name}_${trail.homeRegion}_${compactTime(end)}${ending}`;
  return `${folder}/${name}.json.gz`;
}

function contentOf({ trail, account, start, end, files, previous, fingerprint }: DigestInput, object: string): object {
  return {
    awsAccountId: account,
    digestStartTime: second(start),
    digestEndTime: second(end),
    digestS3Bucket: trail.bucket,
    digestS3Object: object,
    digestPublicKeyFingerprint: fingerprint,
    digestSignatureAlgorithm: algorithm,
    newestEventTime:
      files
        .map(({ newest }) => newest)
        .toSorted()
        .at(-1) ?? null,
    oldestEventTime: files.map(({ oldest }) => oldest).toSorted()[0] ?? null,
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.object ?? null,
    previousDigestHashValue: previous?.hash ?? null,
    previousDigestHashAlgorithm: previous ? hashAlgorithm : null,
    previousDigestSignature: previous?.signature ?? null,
    logFiles: files.map(({ bucket, object: name, hash: value, newest, oldest }) => ({
      s3Bucket: bucket,
      s3Object: name,
      hashValue: value,
      hashAlgorithm,
      newestEventTime: newest,
      oldestEventTime: oldest,
    })),
  };
}

/** Off the thread that answers calls. */
const signed = (text: string, key: KeyObject): Promise<string> =>
  new Promise((resolve, reject) =>
    sign("sha256", Buffer.from(text), key, (error, signature) =>
      error ? reject(error) : resolve(signature.toString("hex")),
    ),
  );
