import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  ConnectCustomKeyStoreCommand,
  DisconnectCustomKeyStoreCommand,
  EncryptCommand,
  type KMSClient,
} from "@aws-sdk/client-kms";
import { certify, opensslMissing } from "./certificates.ts";
import { temporaryFolder } from "./cli-kit.ts";
import { advance } from "./clock.ts";
import { externalKey, settled } from "./external-key-stores.ts";
import { kms, testServer } from "./kit.ts";
import { pin, softhsmMissing, softToken } from "./softhsm.ts";
import { initTerraform, terraformMissing } from "./terraform.ts";
import { proxyCredential, testProxy } from "./xks-proxy.ts";

const stores = (suffix: string, clusterId: string, trustAnchor: string): string => `
resource "aws_kms_custom_key_store" "cluster" {
  custom_key_store_name    = "cluster${suffix}"
  cloud_hsm_cluster_id     = "${clusterId}"
  key_store_password       = "${pin}"
  trust_anchor_certificate = <<-PEM
${trustAnchor.trimEnd()}
  PEM
}

resource "aws_kms_custom_key_store" "external" {
  custom_key_store_name  = "external${suffix}"
  custom_key_store_type  = "EXTERNAL_KEY_STORE"
  xks_proxy_connectivity = "PUBLIC_ENDPOINT"
  xks_proxy_uri_endpoint = "https://xks.test"
  xks_proxy_uri_path     = "/test/kms/xks/v1"
  xks_proxy_authentication_credential {
    access_key_id         = "${proxyCredential.AccessKeyId}"
    raw_secret_access_key = "${proxyCredential.RawSecretAccessKey}"
  }
}

output "stores" { value = "${"${aws_kms_custom_key_store.cluster.id} ${aws_kms_custom_key_store.external.id}"}" }
`;

const keys = `
resource "aws_kms_key" "token" {
  custom_key_store_id     = aws_kms_custom_key_store.cluster.id
  deletion_window_in_days = 7
}

resource "aws_kms_key" "outside" {
  custom_key_store_id     = aws_kms_custom_key_store.external.id
  xks_key_id              = "payroll"
  deletion_window_in_days = 7
}

data "aws_kms_custom_key_store" "found" { custom_key_store_name = aws_kms_custom_key_store.external.custom_key_store_name }

output "state" { value = data.aws_kms_custom_key_store.found.connection_state }
output "keys" { value = "${"${aws_kms_key.token.arn} ${aws_kms_key.outside.arn}"}" }
`;

async function connect(client: KMSClient, CustomKeyStoreId: string): Promise<void> {
  await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  assert.equal((await settled(client, CustomKeyStoreId)).ConnectionState, "CONNECTED");
}

test("Terraform makes custom key stores of both kinds, renames them, makes keys in them and takes all away", {
  skip: terraformMissing || opensslMissing || softhsmMissing,
}, async () => {
  using folder = temporaryFolder();
  const certified = certify(folder.path, "DNS:xks.test");
  const setting = softToken(folder.path, { trustAnchorFile: certified.caFile });
  await using proxy = await testProxy(certified);
  proxy.keys.set("payroll", externalKey());
  const host = { host: "xks.test", address: "127.0.0.1", port: proxy.port, caFile: certified.caFile, totalMs: 10_000 };
  await using server = await testServer({ ephemeral: true, clusters: [setting], outbound: [host] });
  const client = kms(server);
  const named = (suffix: string) => stores(suffix, setting.id, readFileSync(certified.caFile, "utf8"));
  using terraform = await initTerraform(server, named(""));
  await terraform.apply();
  const ids = (await terraform.output("stores")).split(" ");
  for (const id of ids) await connect(client, id);

  await terraform.change(`${named(" renamed")}${keys}`);
  await terraform.planIsEmpty();
  assert.equal(await terraform.output("state"), "CONNECTED");
  for (const KeyId of (await terraform.output("keys")).split(" "))
    await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));

  // A store goes when its keys are gone; asked sooner, the provider takes the refusal for success.
  await terraform.change(named(" renamed"));
  await advance(server, 8 * 86_400_000);
  for (const CustomKeyStoreId of ids) await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  await terraform.destroy();
  for (const id of ids) await assert.rejects(settled(client, id), { name: "CustomKeyStoreNotFoundException" });
});
