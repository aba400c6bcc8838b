import assert from "node:assert/strict";
import { test } from "node:test";
import { metadataOf, type Api } from "./protocol.ts";
import { ask, encrypting, requestMetadata } from "./testing.ts";

const paths: Readonly<Record<Api, string>> = {
  health: "/health",
  metadata: "/keys/one/metadata",
  encrypt: "/keys/one/encrypt",
  decrypt: "/keys/one/decrypt",
};

/** A request of each API that is complete. */
async function complete(api: Api): Promise<Record<string, unknown>> {
  const more = { awsSourceVpc: "vpc-1a2b3c4d", awsSourceVpce: "vpce-1a2b3c4d", kmsViaService: "ebs" };
  const metadata = { requestMetadata: { ...requestMetadata, ...more } };
  if (api !== "decrypt") return { ...encrypting, ...metadata };
  const { content } = await ask(paths.encrypt, encrypting);
  return { ...content, encryptionAlgorithm: "AES_GCM", ...metadata };
}

for (const api of Object.keys(paths) as Api[])
  test(`requestMetadata of ${api}: what it needs, what may be left out, what it does not know`, async () => {
    const whole = await complete(api);
    const metadata = whole.requestMetadata as Record<string, unknown>;
    const answer = (changed: object) => ask(paths[api], { ...whole, requestMetadata: { ...metadata, ...changed } });
    assert.equal((await answer({ somethingNew: { a: [1] } })).status, 200);
    for (const name of metadataOf[api].required)
      for (const value of [undefined, null, "", 7, {}, "x".repeat(2049)]) {
        const { status, content } = await answer({ [name]: value });
        assert.deepEqual([status, content.errorName], [400, "ValidationException"], `${name} ${String(value)}`);
      }
    for (const name of metadataOf[api].optional) {
      assert.equal((await answer({ [name]: undefined })).status, 200, name);
      assert.equal((await answer({ [name]: null })).status, 200, name);
      assert.equal((await answer({ [name]: 7 })).status, 400, name);
    }
  });

test("each API has its own", () => {
  const names = (api: Api) => [...metadataOf[api].required, ...metadataOf[api].optional].toSorted();
  assert.deepEqual(names("health"), ["kmsOperation", "kmsRequestId"]);
  assert.deepEqual(names("metadata"), [
    "awsPrincipalArn",
    "awsSourceVpc",
    "awsSourceVpce",
    "kmsOperation",
    "kmsRequestId",
  ]);
  for (const api of ["encrypt", "decrypt"] as const)
    assert.deepEqual(names(api), [...names("metadata"), "kmsKeyArn", "kmsViaService"].toSorted());
});
