import { hash } from "node:crypto";

/** What is signed, in the caller's own bytes. */
export interface Signable {
  readonly method: string;
  /** The raw request target. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Lower-case, sorted by the signer. */
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
  /** S3 signs the path as it stands; every other service normalises and encodes it once more. */
  readonly rawPath?: boolean;
  /** Presigned: the signature itself is not part of the query. */
  readonly withoutSignature?: boolean;
  /** Some signers (none of AWS's own SDKs) encode an already encoded path; the published vectors have both. */
  readonly normalize?: boolean;
}

/** Hexadecimal SHA-256. */
export const sha256 = (bytes: string | Uint8Array): string => hash("sha256", bytes, "hex");

export const emptyHash: string = sha256("");

/** The canonical request of the SigV4 documentation. */
export function canonicalRequest(signable: Signable): string {
  const mark = signable.target.indexOf("?");
  const path = mark < 0 ? signable.target : signable.target.slice(0, mark);
  const query = mark < 0 ? "" : signable.target.slice(mark + 1);
  let headers = "";
  for (const name of signable.signedHeaders) headers += `${name}:${folded(signable.headers.get(name))}\n`;
  return (
    `${signable.method}\n${path === "/" ? "/" : canonicalPath(path, signable)}\n` +
    `${query === "" ? "" : canonicalQuery(query, signable.withoutSignature ?? false)}\n` +
    `${headers}\n${signable.signedHeaders.join(";")}\n${signable.payloadHash}`
  );
}

/** Values of one name joined by ",", each trimmed, runs of spaces inside it as one. */
function folded(values: readonly string[] | undefined): string {
  if (values === undefined) return "";
  const [only] = values;
  if (values.length === 1 && only !== undefined && !only.includes("  ")) return only.trim();
  return values.map((value) => value.trim().replace(/ {2,}/g, " ")).join(",");
}

function canonicalPath(path: string, { rawPath = false, normalize = true }: Signable): string {
  if (rawPath) return encodePath(decodePath(path));
  const segments: string[] = [];
  for (const segment of normalize ? path.split("/") : []) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  const normal = normalize
    ? `/${segments.join("/")}${/\/\.{0,2}$/.test(path) && segments.length > 0 ? "/" : ""}`
    : path;
  return encodePath(normal);
}

const encodePath = (path: string): string => path.split("/").map(encode).join("/");

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** RFC 3986: everything but letters, digits and -._~ as %XX. */
export const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

function canonicalQuery(query: string, withoutSignature: boolean): string {
  const pairs: [string, string][] = [];
  for (const part of query.split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const name = encode(decodeQuery(at < 0 ? part : part.slice(0, at)));
    if (withoutSignature && name === "X-Amz-Signature") continue;
    pairs.push([name, at < 0 ? "" : encode(decodeQuery(part.slice(at + 1)))]);
  }
  pairs.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A "+" is the blank that every reader of a form sees: were it signed as "%2B", a blank could be slipped in for it. */
function decodeQuery(given: string): string {
  const text = given.includes("+") ? given.replaceAll("+", " ") : given;
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
