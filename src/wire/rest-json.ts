import { refuse } from "../errors.ts";
import { bodyDecode } from "./json-decode.ts";
import { structureEncode } from "./json-encode.ts";
import type { WireOperation, WireReply, WireRequest, WireService } from "./protocol.ts";
import { pathMatches, type Route, routeOf } from "./rest-route.ts";
import { sensitiveMembers } from "./sensitive.ts";
import { refuseProblems, structureCheck } from "./structure-check.ts";
import type { ServiceTable, TableMember } from "./table.ts";

/** REST-JSON 1: method and path name the operation; members stand in the path, the query, headers and the body. */
export function restJsonService(table: ServiceTable): WireService {
  const routes = Object.entries(table.operations).map(([name, { http }]) => routeOf(name, http!));
  const operations = new Map(routes.map((route) => [route.operation, restOperation(table, route)]));
  return {
    name: table.service,
    eventSource: `${table.service}.amazonaws.com`,
    protocol: "rest-json",
    skewMinutes: table.skewMinutes,
    internalError: "InternalServerException",
    operations,
    operationOf: (request) => {
      const route = routes.find((one) => one.method === request.method && pathMatches(one, request.target));
      return route?.operation ?? refuse("UnknownOperationException", "", 404);
    },
    encodeError: ({ code, message, status, members }): WireReply => ({
      status: table.errors[code]?.[1] ?? status,
      headers: { "Content-Type": "application/json", "x-amzn-ErrorType": code },
      body: JSON.stringify({ Message: message, ...members }),
    }),
  };
}

function restOperation(table: ServiceTable, route: Route): WireOperation {
  const { i, o } = table.operations[route.operation]!;
  const input = Object.entries((i !== undefined && table.structures[i]) || {});
  const output = Object.entries((o !== undefined && table.structures[o]) || {});
  const payload = input.find(([, { b }]) => b === 1);
  let decodeBody: ((body: Buffer) => Record<string, unknown>) | undefined;
  let check: ReturnType<typeof structureCheck> | undefined;
  let encodeBody: ReturnType<typeof structureEncode> | undefined;
  return {
    name: route.operation,
    sensitive: sensitiveMembers(table, route.operation),
    // What is sent as bytes is signed without them: the checksum that comes with it is part of the operation.
    unsignedPayload: payload !== undefined,
    decode(request) {
      if (i === undefined) return {};
      const members = payload
        ? { [payload[0]]: request.body }
        : (decodeBody ??= bodyDecode(bodyOnly(table, i), i))(request.body);
      Object.assign(members, bound(route, input, request));
      const problems: string[] = [];
      (check ??= structureCheck(table, i))(members, "", problems);
      refuseProblems(problems);
      return members;
    },
    encode: (answer): WireReply => {
      const headers: Record<string, string> = {};
      for (const [member, { h }] of output) if (h && answer[member] !== undefined) headers[h] = String(answer[member]);
      const bytes = output.find(([, { b }]) => b === 1);
      if (bytes) return { status: route.status, headers, body: Buffer.from(answer[bytes[0]] as Uint8Array) };
      encodeBody ??= o === undefined ? () => "" : structureEncode(bodyOnly(table, o), o);
      headers["Content-Type"] = "application/json";
      return { status: route.status, headers, body: encodeBody(answer) };
    },
  };
}

/** The table as the body alone sees it. */
function bodyOnly(table: ServiceTable, name: string): ServiceTable {
  const members = Object.entries(table.structures[name] ?? {}).filter(([, { l, h, q, b }]) => !(l ?? h ?? q ?? b));
  return { ...table, structures: { ...table.structures, [name]: Object.fromEntries(members) } };
}

/** Members that stand in the path, the query and headers. */
function bound(route: Route, input: readonly (readonly [string, TableMember])[], request: WireRequest): object {
  const mark = request.target.indexOf("?");
  const query = new URLSearchParams(mark < 0 ? "" : request.target.slice(mark + 1));
  const labels = route.labels(request.target);
  const members: Record<string, unknown> = {};
  for (const [name, { t, l, h, q }] of input) {
    const text = l
      ? labels.get(name)
      : h
        ? request.headers.get(h)?.join(",")
        : q
          ? (query.get(q) ?? undefined)
          : undefined;
    if (text !== undefined) members[name] = typed(text, t, name);
  }
  return members;
}

function typed(text: string, type: TableMember["t"], name: string): unknown {
  if (type === "n")
    return /^-?\d{1,15}$/.test(text) ? Number(text) : refuse("SerializationException", `${name} is not a number.`);
  if (type === "b")
    return /^(true|false)$/.test(text)
      ? text === "true"
      : refuse("SerializationException", `${name} is not a boolean.`);
  return text;
}
