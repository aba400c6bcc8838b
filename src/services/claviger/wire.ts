import { refuse } from "../../errors.ts";
import type { WireOperation, WireReply, WireRequest, WireService } from "../../wire/protocol.ts";

/**
 * The installation's own interface, for the command line: `GET /_claviger/status`, `GET /_claviger/clock`,
 * `POST /_claviger/clock`, `GET /_claviger/audit?after=&limit=`. JSON, signed with SigV4 as service `claviger`.
 */
const paths: Readonly<Record<string, string>> = {
  "GET /_claviger/status": "GetStatus",
  "GET /_claviger/clock": "GetClock",
  "POST /_claviger/clock": "AdvanceClock",
  "GET /_claviger/audit": "ReadAudit",
  "GET /_claviger/audit/verify": "VerifyAudit",
  "POST /_claviger/audit/prune": "PruneAudit",
  "GET /_claviger/decision": "ExplainDecision",
  "GET /_claviger/access": "ReadAccess",
  "GET /_claviger/volumes": "ListAttachedVolumes",
  "GET /_claviger/cost": "ReadCost",
  "POST /_claviger/rehearsal": "RehearseDecision",
  "POST /_claviger/attestation": "MakeAttestationDocument",
  "POST /_claviger/xks/describe": "XksDescribeKey",
  "POST /_claviger/xks/encrypt": "XksEncrypt",
  "POST /_claviger/xks/decrypt": "XksDecrypt",
};

const operation = (name: string): WireOperation => ({
  name,
  sensitive: new Set(),
  decode(request: WireRequest): Record<string, unknown> {
    const query = new URL(request.target, "http://claviger").searchParams;
    const input: Record<string, unknown> = Object.fromEntries(query);
    if (request.body.length === 0) return input;
    let body: unknown;
    try {
      body = JSON.parse(request.body.toString("utf8"));
    } catch {
      refuse("SerializationException", "The body is not JSON.");
    }
    if (typeof body !== "object" || body === null || Array.isArray(body))
      refuse("SerializationException", "The body is not a JSON object.");
    return { ...body, ...input };
  },
  encode: (output): WireReply => json(200, output),
});

const json = (status: number, content: object): WireReply => ({
  status,
  headers: { "Content-Type": "application/json" },
  body: `${JSON.stringify(content)}\n`,
});

export const clavigerWire: WireService = {
  name: "claviger",
  eventSource: "claviger",
  protocol: "json",
  skewMinutes: 5,
  internalError: "InternalFailure",
  operations: new Map(Object.values(paths).map((name) => [name, operation(name)])),
  operationOf(request: WireRequest): string {
    const path = request.target.split("?", 1)[0] ?? "";
    return paths[`${request.method} ${path}`] ?? refuse("UnknownOperationException", `Nothing is at ${path}.`, 404);
  },
  encodeError: (error): WireReply => json(error.status, { __type: error.code, message: error.message }),
};
