import { refuse } from "../errors.ts";
import { bodyDecode } from "./json-decode.ts";
import { type Encode, structureEncode } from "./json-encode.ts";
import type { WireOperation, WireReply, WireRequest, WireService } from "./protocol.ts";
import { sensitiveMembers } from "./sensitive.ts";
import type { ServiceTable } from "./table.ts";
import { refuseProblems, structureCheck } from "./structure-check.ts";

/** AWS JSON 1.1: POST / with X-Amz-Target. */
const headers: Readonly<Record<string, string>> = { "Content-Type": "application/x-amz-json-1.1" };

export function jsonService(table: ServiceTable): WireService {
  const operations = new Map(Object.keys(table.operations).map((name) => [name, jsonOperation(table, name)]));
  return {
    name: table.service,
    eventSource: `${table.service}.amazonaws.com`,
    protocol: "json",
    skewMinutes: table.skewMinutes,
    internalError: table.service === "kms" ? "KMSInternalException" : "InternalFailure",
    operations,
    operationOf: (request) => operationOf(request, operations),
    encodeError: ({ code, message, status }): WireReply => {
      // Of all errors only this one writes its message with a capital (kms.md, section 0).
      const member = code === "AccessDeniedException" ? "Message" : "message";
      const body = message === "" ? { __type: code } : { __type: code, [member]: message };
      return { status: statusOf(table, code, status), headers, body: JSON.stringify(body) };
    },
  };
}

/** The statuses of client errors in the model are not what the wire shows: there they are all 400. */
function statusOf(table: ServiceTable, code: string, status: number): number {
  const modelled = table.errors[code]?.[1] ?? status;
  if (modelled >= 500) return modelled;
  return code === "UnknownOperationException" && status === 404 ? 404 : 400;
}

/** Throws UnknownOperationException: 404 for what is no call at all, 400 for a name that the service does not have. */
function operationOf(request: WireRequest, operations: ReadonlyMap<string, WireOperation>): string {
  const target = request.headers.get("x-amz-target");
  if (request.method !== "POST" || target?.length !== 1) return refuse("UnknownOperationException", "", 404);
  // Some clients send a longer prefix than others: the operation stands behind the last dot.
  const name = target[0]!.slice(target[0]!.lastIndexOf(".") + 1);
  return operations.has(name) ? name : refuse("UnknownOperationException", "");
}

/** Compiled when it is first called: starting is not slowed by operations that nobody calls. */
function jsonOperation(table: ServiceTable, name: string): WireOperation {
  const { i, o } = table.operations[name]!;
  let decode: ((body: Buffer) => Record<string, unknown>) | undefined;
  let encode: Encode | undefined;
  return {
    name,
    sensitive: sensitiveMembers(table, name),
    decode: (request) => (decode ??= i === undefined ? () => ({}) : checkedDecode(table, i))(request.body),
    encode: (output) => {
      encode ??= o === undefined ? () => "" : structureEncode(table, o);
      return { status: 200, headers, body: encode(output) };
    },
  };
}

function checkedDecode(table: ServiceTable, structure: string): (body: Buffer) => Record<string, unknown> {
  const decode = bodyDecode(table, structure);
  const check = structureCheck(table, structure);
  return (body) => {
    const input = decode(body);
    const problems: string[] = [];
    check(input, "", problems);
    refuseProblems(problems);
    return input;
  };
}
