import assert from "node:assert/strict";
import { test } from "node:test";
import { sigv4Cases, withoutVectors } from "../../test/vectors.ts";
import { canonicalRequest, sha256 } from "./canonical.ts";
import { deriveSigningKey, signature } from "./signing-keys.ts";

interface Parsed {
  readonly method: string;
  readonly target: string;
  readonly headers: Map<string, string[]>;
  readonly body: string;
}

function parsed(text: string): Parsed {
  const [head, body] = split(text);
  const [first = "", ...lines] = head.replace(/\n[ \t]+/g, " ").split("\n");
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1)]);
  }
  const target = first.slice(first.indexOf(" ") + 1, first.lastIndexOf(" "));
  return { method: first.slice(0, first.indexOf(" ")), target, headers, body };
}

function split(text: string): [string, string] {
  const end = text.indexOf("\n\n");
  return end < 0 ? [text.trimEnd(), ""] : [text.slice(0, end), text.slice(end + 2)];
}

const signedIn = (text: string): string[] => text.trimEnd().split("\n").at(-2)!.split(";");

for (const way of withoutVectors === false ? (["header", "query"] as const) : [])
  for (const [name, files] of sigv4Cases())
    test(`${name}, signed in the ${way}`, () => {
      const { credentials, normalize, region, service, timestamp, ...rest } = JSON.parse(files["context.json"]!);
      const expected = files[`${way}-canonical-request.txt`]!;
      const { method, target, headers, body } = parsed(files[`${way}-signed-request.txt`]!);
      // A token that is added after signing is no part of what is signed (`omit_session_token`).
      const signedTarget = rest.omit_session_token ? target.replace(/&X-Amz-Security-Token=[^&]*/, "") : target;
      const canonical = canonicalRequest({
        method,
        target: signedTarget,
        headers,
        signedHeaders: signedIn(expected),
        payloadHash: sha256(rest.sign_body ? body : ""),
        withoutSignature: way === "query",
        normalize,
      });
      assert.equal(canonical, expected);
      const day = timestamp.replace(/[-:]/g, "");
      const text = `AWS4-HMAC-SHA256\n${day}\n${day.slice(0, 8)}/${region}/${service}/aws4_request\n${sha256(canonical)}`;
      assert.equal(text, files[`${way}-string-to-sign.txt`]);
      const key = deriveSigningKey(credentials.secret_access_key, day.slice(0, 8), region, service);
      assert.equal(signature(key, text), files[`${way}-signature.txt`]);
    });

test("the published SigV4 cases", { skip: withoutVectors }, () => assert.equal(sigv4Cases().length, 38));
