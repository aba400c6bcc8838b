import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Server } from "../src/server.ts";
import { type Ran, ran, type TemporaryFolder, temporaryFolder } from "./cli-kit.ts";
import { type Credentials, root } from "./kit.ts";

/** The provider is installed from a folder, never from the network: every version answers differently. */
const provider = { source: "registry.terraform.io/hashicorp/aws", version: "5.100.0" };

/** Where a folder of providers may be: `CLAVIGER_TERRAFORM_PLUGINS`, then the usual places. */
const pluginFolders = [
  process.env.CLAVIGER_TERRAFORM_PLUGINS,
  "/usr/local/share/terraform/plugins",
  "/usr/share/terraform/plugins",
  "/opt/tf-plugins",
];

const plugins = pluginFolders.find(
  (folder) => folder !== undefined && existsSync(join(folder, provider.source, provider.version)),
);

/** For `{ skip: terraformMissing }`: false, or what this machine lacks in one line. */
export const terraformMissing: string | false = missing();

function missing(): string | false {
  if (spawnSync("terraform", ["version"], { stdio: "ignore" }).status !== 0) return "terraform is not installed";
  if (plugins !== undefined) return false;
  return `no folder has the provider aws ${provider.version}: name one in CLAVIGER_TERRAFORM_PLUGINS`;
}

/**
 * One configuration, used against one server as its user would:
 *
 *   using terraform = await initTerraform(server, `resource "aws_kms_key" "k" { description = "first" }`);
 *   await terraform.apply();
 *   await terraform.planIsEmpty();
 *   await terraform.change(`…`);            another configuration, applied
 *   await terraform.output("arn");          a string that the configuration declares as output
 *   await terraform.destroy();
 *
 * Every step rejects with Terraform's own words when it fails.
 */
export interface Terraform extends Disposable {
  apply(): Promise<void>;
  /** What apply would do is nothing: the server answers what was asked for. */
  planIsEmpty(): Promise<void>;
  change(configuration: string): Promise<void>;
  output(name: string): Promise<string>;
  destroy(): Promise<void>;
  /** Any other command: `run("import", "aws_kms_key.k", id)`. */
  run(...words: string[]): Promise<string>;
}

export async function initTerraform(
  server: Server,
  configuration: string,
  as: { readonly credentials?: Credentials; readonly region?: string } = {},
): Promise<Terraform> {
  const folder = temporaryFolder();
  const run = async (...words: string[]) => succeeded(words, await terraform(folder, words));
  writeFileSync(folder.file("claviger.tf"), providerOf(server, as.credentials ?? root, as.region ?? "eu-west-1"));
  writeFileSync(folder.file("main.tf"), configuration);
  writeFileSync(folder.file("terraform.rc"), mirrorOf(plugins ?? ""));
  await run("init");
  const apply = async () => void (await run("apply", "-auto-approve"));
  return {
    run,
    apply,
    planIsEmpty: async () => {
      const planned = await terraform(folder, ["plan", "-detailed-exitcode"]);
      if (planned.code === 2) throw new Error(`terraform plan wants changes:\n${planned.out}`);
      succeeded(["plan"], planned);
    },
    change: async (changed) => {
      writeFileSync(folder.file("main.tf"), changed);
      await apply();
    },
    output: (name) => run("output", "-raw", name),
    destroy: async () => void (await run("destroy", "-auto-approve")),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

async function terraform(folder: TemporaryFolder, [command = "", ...words]: readonly string[]): Promise<Ran> {
  const { PATH, HOME = folder.path } = process.env;
  const env = {
    PATH,
    HOME,
    TF_CLI_CONFIG_FILE: folder.file("terraform.rc"),
    TF_IN_AUTOMATION: "1",
    CHECKPOINT_DISABLE: "1",
    AWS_CONFIG_FILE: folder.file("none"),
    AWS_SHARED_CREDENTIALS_FILE: folder.file("none"),
    // The provider's schema is large and short-lived: collecting it again and again is half of its time.
    GOGC: "400",
  };
  const quiet = ["init", "plan", "apply", "destroy", "import"].includes(command) ? ["-no-color", "-input=false"] : [];
  return await ran("terraform", [command, ...quiet, ...words], env, folder.path);
}

function succeeded(words: readonly string[], { code, out, err }: Ran): string {
  if (code !== 0) throw new Error(`terraform ${words.join(" ")} ended with ${code}:\n${err || out}`);
  return out;
}

const mirrorOf = (folder: string): string =>
  `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(folder)}\n  }\n}\n`;

/** Every service at the one listener; nothing is looked up elsewhere. */
function providerOf({ url }: Server, { accessKeyId, secretAccessKey, sessionToken }: Credentials, region: string) {
  const services = ["kms", "iam", "sts", "s3", "ec2", "rds", "cloudtrail", "organizations"];
  return `terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "${provider.version}"
    }
  }
}
provider "aws" {
  region     = "${region}"
  access_key = "${accessKeyId}"
  secret_key = "${secretAccessKey}"
  ${sessionToken === undefined ? "" : `token = "${sessionToken}"`}
  max_retries                 = 1
  skip_metadata_api_check     = true
  skip_region_validation      = true
  s3_use_path_style           = true
  endpoints {
${services.map((service) => `    ${service} = "${url}"`).join("\n")}
  }
}
`;
}
