import type { SigningCredentials } from "../sigv4/sign.ts";
import { type AwsEndpoint, AwsRefusal, send } from "./aws-client.ts";
import { AwsSettings } from "./aws-settings.ts";
import type { Terminal } from "./command.ts";
import { OperatorError } from "../errors.ts";

/** Root of account 000000000000 in development mode. */
export const wellKnown: SigningCredentials = { accessKeyId: "test", secretAccessKey: "test" };

export const defaultEndpoint = "http://127.0.0.1:4566";

/** The flags by which a command finds a running installation. */
export const installationFlags: { readonly endpoint: "text"; readonly profile: "text" } = {
  endpoint: "text",
  profile: "text",
};

export const installationHelp: string = `  --endpoint URL    the service; default AWS_ENDPOINT_URL, else ${defaultEndpoint}
  --profile NAME    credentials from ~/.aws; default AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else the
                    well-known ones of development mode`;

export interface InstallationFlags {
  readonly endpoint?: string;
  readonly profile?: string;
}

/** The operator's credentials: named or in the environment; real AWS ones lying in ~/.aws are left there. */
export function installation(flags: InstallationFlags, { env }: Terminal): AwsEndpoint {
  const asked = flags.profile !== undefined || env.AWS_ACCESS_KEY_ID || env.AWS_PROFILE;
  const settings = new AwsSettings(env, flags.profile);
  const url = flags.endpoint ?? (env.AWS_ENDPOINT_URL || defaultEndpoint);
  return {
    url,
    region: env.AWS_REGION || env.AWS_DEFAULT_REGION || "us-east-1",
    credentials: asked ? settings.credentials() : wellKnown,
    authorities: settings.authorities(url),
  };
}

/** The installation's own interface: JSON under /_claviger, signed for service `claviger`. */
export async function askInstallation<T>(
  endpoint: AwsEndpoint,
  method: "GET" | "POST",
  path: string,
  input?: object,
): Promise<T> {
  const json = { headers: { "content-type": "application/json" }, body: JSON.stringify(input) };
  const target = `/_claviger/${path}`;
  try {
    const { text } = await send(endpoint, { service: "claviger", method, target, ...(input && json) });
    return JSON.parse(text) as T;
  } catch (error) {
    if (!(error instanceof AwsRefusal)) throw error;
    throw new OperatorError(`${endpoint.url} answers ${error.code}: ${error.message}`);
  }
}
