import { type Answer, type AwsEndpoint, send } from "./aws-client.ts";

const versionOf = { iam: "2010-05-08", sts: "2011-06-15" } as const;

/** The Query protocol of IAM and STS. The answer is XML; `xmlText` reads it. Throws AwsRefusal. */
export async function callQuery(
  endpoint: AwsEndpoint,
  service: keyof typeof versionOf,
  action: string,
  input: Readonly<Record<string, string>> = {},
): Promise<Answer<string>> {
  const body = new URLSearchParams({ Action: action, Version: versionOf[service], ...input }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  const outgoing = { service, method: "POST", target: "/", headers, body } as const;
  const { text, requestId } = await send(endpoint, outgoing);
  return { output: text, requestId };
}
