import { refuse } from "../../errors.ts";
import type { WireOperation, WireReply, WireRequest, WireService } from "../../wire/protocol.ts";

/**
 * AWS's IAM Toolbox (iam.md, section 2.3): REST-JSON, signed for `iam`. No SDK on the registry has it yet, so that its
 * two operations are written here instead of generated:
 *
 *   GET /authorization-details/{authorizationId}?nextToken=         GetRequestAuthorizationDetails
 *   GET /authorization-details/{authorizationId}/policy?policyUri=  GetRequestAuthorizationPolicy
 */
const path = /^\/authorization-details\/([^/?]*)(\/policy)?(?:\?.*)?$/;

const operation = (name: string): WireOperation => ({
  name,
  sensitive: new Set(),
  decode({ target }: WireRequest): Record<string, unknown> {
    const query = new URL(target, "http://toolbox").searchParams;
    const [, authorizationId = ""] = path.exec(target) ?? [];
    if (!/^[0-9a-z]{1,128}$/.test(authorizationId))
      refuse("ValidationException", "The authorization id consists of digits and small letters.");
    return { ...Object.fromEntries(query), authorizationId };
  },
  encode: (output): WireReply => json(200, output),
});

const json = (status: number, content: object, headers: Record<string, string> = {}): WireReply => ({
  status,
  headers: { "Content-Type": "application/json", ...headers },
  body: JSON.stringify(content),
});

export const toolboxWire: WireService = {
  name: "iam",
  eventSource: "iam-toolbox.amazonaws.com",
  protocol: "rest-json",
  skewMinutes: 15,
  internalError: "InternalServerException",
  operations: new Map(
    ["GetRequestAuthorizationDetails", "GetRequestAuthorizationPolicy"].map((name) => [name, operation(name)]),
  ),
  operationOf({ method, target }: WireRequest): string {
    const found = method === "GET" && path.exec(target);
    if (!found) return refuse("UnknownOperationException", "", 404);
    return found[2] === undefined ? "GetRequestAuthorizationDetails" : "GetRequestAuthorizationPolicy";
  },
  encodeError: ({ code, message, status }): WireReply =>
    json(status, { __type: code, message }, { "x-amzn-ErrorType": code }),
};
