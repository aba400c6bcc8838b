import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "../errors.ts";
import type { SigningCredentials } from "../sigv4/sign.ts";

type Environment = Readonly<Record<string, string | undefined>>;
type Profile = Readonly<Record<string, string>>;

/** What AWS's own tools read from the environment and from ~/.aws, in their order of precedence. */
export class AwsSettings {
  readonly #env: Environment;
  readonly #name: string;
  readonly #named: boolean;
  readonly #profile: Profile;

  constructor(env: Environment, profile?: string) {
    this.#env = env;
    this.#named = profile !== undefined;
    this.#name = profile ?? env.AWS_PROFILE ?? env.AWS_DEFAULT_PROFILE ?? "default";
    const config = readProfiles(env.AWS_CONFIG_FILE ?? join(homedir(), ".aws", "config"));
    const credentials = readProfiles(env.AWS_SHARED_CREDENTIALS_FILE ?? join(homedir(), ".aws", "credentials"));
    this.#profile = {
      ...(config.get(`profile ${this.#name}`) ?? config.get(this.#name)),
      ...credentials.get(this.#name),
    };
  }

  region(): string {
    const region = this.#env.AWS_REGION || this.#env.AWS_DEFAULT_REGION || this.#profile.region;
    if (region) return region;
    throw new OperatorError("Cannot tell which AWS Region is meant", "set AWS_REGION, or name the key by its ARN");
  }

  credentials(): SigningCredentials {
    const env = this.#env;
    // A profile named on the command line is meant, whatever the environment holds.
    if (!this.#named && env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY)
      return signing(env.AWS_ACCESS_KEY_ID, env.AWS_SECRET_ACCESS_KEY, env.AWS_SESSION_TOKEN);
    const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token } = this.#profile;
    if (id && secret) return signing(id, secret, token);
    throw new OperatorError(
      `Cannot find AWS credentials in the environment or in profile "${this.#name}"`,
      'for SSO and other sources: eval "$(aws configure export-credentials --format env)"',
    );
  }

  /** Where `service` is: its own variable, the one for all services, the profile's, AWS itself. */
  endpoint(service: string, region: string): string {
    const env = this.#env;
    const set = env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || env.AWS_ENDPOINT_URL || this.#profile.endpoint_url;
    const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    return set || `https://${service}.${region}.${suffix}`;
  }
}

const signing = (accessKeyId: string, secretAccessKey: string, sessionToken?: string): SigningCredentials => ({
  accessKeyId,
  secretAccessKey,
  ...(sessionToken && { sessionToken }),
});

/** INI as AWS writes it: sections, `name = value`, comments; indented lines are nested settings and are passed over. */
function readProfiles(path: string): Map<string, Record<string, string>> {
  const profiles = new Map<string, Record<string, string>>();
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return profiles;
  }
  let section: Record<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const head = /^\[([^\]]+)\]/.exec(line)?.[1];
    if (head !== undefined) {
      section = {};
      profiles.set(head.trim(), section);
    }
    const [, name, value] = /^([A-Za-z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (section && name !== undefined && value !== undefined) section[name.toLowerCase()] = value;
  }
  return profiles;
}
