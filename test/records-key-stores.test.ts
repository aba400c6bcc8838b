import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { certify, opensslMissing } from "./certificates.ts";
import { scene, settled } from "./external-key-stores.ts";
import { kmsStores } from "./record-tables/kms-stores.ts";
import { tell } from "./record-tables/steps.ts";
import { region } from "./sample-calls.ts";

const folder = mkdtempSync(join(tmpdir(), "claviger-records-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("custom key stores", { skip: opensslMissing }, async (suite) => {
  await using here = await scene(certify(folder, "DNS:xks.test"));
  const { server, client } = here;
  const ready = async (operation: string, values: Record<string, any>): Promise<unknown> =>
    operation === "DisconnectCustomKeyStore" && settled(client, values["CreateCustomKeyStore"].CustomKeyStoreId);
  const story = { service: "kms", source: "kms.amazonaws.com", awsRegion: region, ready, steps: kmsStores };
  await tell(suite, server, story);
});
