import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative } from "node:path";

/** As much of S3 as `aws cloudtrail validate-logs` asks for, over a folder of buckets; signatures are not looked at. */
export interface BucketStub extends AsyncDisposable {
  readonly url: string;
}

export async function serveBuckets(folder: string): Promise<BucketStub> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const [, bucket = "", ...rest] = decodeURIComponent(url.pathname).split("/");
    const { status, headers = {}, body } = answer(folder, bucket, rest.join("/"), url.searchParams);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: string | Buffer;
}

function answer(folder: string, bucket: string, key: string, query: URLSearchParams): Answer {
  const xml = { "content-type": "application/xml" };
  if (query.has("location")) return { status: 200, headers: xml, body: "<LocationConstraint/>" };
  if (key === "") return { status: 200, headers: xml, body: listing(join(folder, bucket), query) };
  const path = join(folder, bucket, key);
  if (!existsSync(path)) return { status: 404, headers: xml, body: "<Error><Code>NoSuchKey</Code></Error>" };
  const beside = `${path}.metadata.json`;
  const metadata = existsSync(beside) ? (JSON.parse(readFileSync(beside, "utf8")) as Record<string, string>) : {};
  const headers = Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]));
  return { status: 200, headers, body: readFileSync(path) };
}

/** ListObjects and ListObjectsV2, in one page. */
function listing(path: string, query: URLSearchParams): string {
  const after = query.get("marker") ?? query.get("start-after") ?? "";
  const names = existsSync(path) ? readdirSync(path, { recursive: true, withFileTypes: true }) : [];
  const keys = names
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".metadata.json"))
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .filter((key) => key.startsWith(query.get("prefix") ?? "") && key > after)
    .toSorted();
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`);
  return `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join("")}</ListBucketResult>`;
}
