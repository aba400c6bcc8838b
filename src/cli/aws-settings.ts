import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "../errors.ts";
import type { SigningCredentials } from "../sigv4/sign.ts";
import type { AwsEndpoint } from "./aws-client.ts";
import { readProfiles } from "./aws-profiles.ts";

type Environment = Readonly<Record<string, string | undefined>>;
type Settings = Readonly<Record<string, string>>;

/** What AWS's own tools read from the environment and from ~/.aws, in their order of precedence. */
export class AwsSettings {
  readonly #env: Environment;
  readonly #name: string;
  readonly #named: boolean;
  readonly #profile: Settings;
  /** What the profile says of single services: `kms.endpoint_url`. */
  readonly #services: Settings;

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
    this.#services = config.get(`services ${this.#profile.services}`) ?? {};
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
    const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    const ignored = env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS ?? this.#profile.ignore_configured_endpoint_urls;
    const configured =
      env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ||
      env.AWS_ENDPOINT_URL ||
      this.#services[`${service}.endpoint_url`] ||
      this.#profile.endpoint_url;
    return (ignored?.toLowerCase() !== "true" && configured) || `https://${service}.${region}.${suffix}`;
  }

  /** `url` is the endpoint that was named, if any was. */
  of(service: string, region: string, url: string = this.endpoint(service, region)): AwsEndpoint {
    return { url, region, credentials: this.credentials(), authorities: this.authorities(url) };
  }

  /** PEM of the authorities that AWS's tools are told to trust; undefined where TLS is not spoken. */
  authorities(url: string): string | undefined {
    const path = this.#env.AWS_CA_BUNDLE || this.#profile.ca_bundle;
    if (!path || !url.startsWith("https:")) return undefined;
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      throw new OperatorError(`Cannot read the authorities in "${path}": ${(error as Error).message}`);
    }
  }
}

const signing = (accessKeyId: string, secretAccessKey: string, sessionToken?: string): SigningCredentials => ({
  accessKeyId,
  secretAccessKey,
  ...(sessionToken && { sessionToken }),
});
