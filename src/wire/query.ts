import { refuse } from "../errors.ts";
import { decodeForm, readForm } from "./form.ts";
import type { WireOperation, WireReply, WireRequest, WireService } from "./protocol.ts";
import type { ServiceTable, TableType } from "./table.ts";
import { refuseProblems, structureCheck } from "./validate.ts";

/** What the program calls an error on the JSON wire, as the Query protocol calls it. */
const queryCodes: Readonly<Record<string, readonly [string, number]>> = {
  AccessDeniedException: ["AccessDenied", 403],
  UnrecognizedClientException: ["InvalidClientTokenId", 403],
  InvalidSignatureException: ["SignatureDoesNotMatch", 403],
  MissingAuthenticationTokenException: ["MissingAuthenticationToken", 403],
  IncompleteSignatureException: ["IncompleteSignature", 400],
  ExpiredTokenException: ["ExpiredToken", 403],
  ValidationException: ["ValidationError", 400],
  ThrottlingException: ["Throttling", 400],
  UnknownOperationException: ["InvalidAction", 400],
  UnsupportedOperationException: ["UnsupportedOperation", 400],
};

const headers = { "Content-Type": "text/xml" };

export function queryService(table: ServiceTable): WireService {
  const operations = new Map(Object.keys(table.operations).map((name) => [name, queryOperation(table, name)]));
  const namespace = table.xmlNamespace ?? "";
  return {
    name: table.service,
    eventSource: `${table.service}.amazonaws.com`,
    protocol: "query",
    skewMinutes: table.skewMinutes,
    operations,
    operationOf: (request) => operationOf(table, request),
    encodeError: ({ code, message, status }, requestId): WireReply => {
      const [shown, http] = queryCodes[code] ?? table.errors[code] ?? [code, status];
      const type = http >= 500 ? "Receiver" : "Sender";
      const body = `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${escape(shown)}</Code><Message>${escape(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
      return { status: http, headers, body };
    },
  };
}

function operationOf(table: ServiceTable, request: WireRequest): string {
  if (request.method !== "POST" && request.method !== "GET") refuse("InvalidAction", `The method ${request.method} is not supported.`, 400);
  const form = readForm(request);
  const action = form.get("Action") ?? refuse("MissingAction", "Request is missing Action", 400);
  const version = form.get("Version") ?? table.apiVersion;
  if (!Object.hasOwn(table.operations, action) || version !== table.apiVersion)
    refuse("InvalidAction", `Could not find operation ${action.slice(0, 128)} for version ${version.slice(0, 32)}`, 400);
  return action;
}

function queryOperation(table: ServiceTable, name: string): WireOperation {
  const { i, o } = table.operations[name]!;
  const members = Object.entries(table.structures[i ?? ""] ?? {});
  let check: ReturnType<typeof structureCheck> | undefined;
  return {
    name,
    sensitive: new Set(members.filter(([, { x }]) => x === 1).map(([member]) => member)),
    decode(request) {
      if (i === undefined) return {};
      const input = decodeForm(table, i, readForm(request));
      const problems: string[] = [];
      check ??= structureCheck(table, i);
      check(input, "", problems);
      refuseProblems(problems);
      return input;
    },
    encode: (output, requestId): WireReply => {
      const result = o === undefined ? "" : `<${name}Result>${structureXml(table, o, output)}</${name}Result>`;
      const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
      return { status: 200, headers, body: `<${name}Response xmlns="${table.xmlNamespace ?? ""}">${result}${metadata}</${name}Response>` };
    },
  };
}

function structureXml(table: ServiceTable, name: string, value: Record<string, unknown>): string {
  let xml = "";
  for (const [member, { t }] of Object.entries(table.structures[name] ?? {})) {
    const held = value[member];
    if (held !== undefined && held !== null) xml += `<${member}>${valueXml(table, t, held)}</${member}>`;
  }
  return xml;
}

function valueXml(table: ServiceTable, type: TableType, value: unknown): string {
  if (type === "t") return new Date(value as number).toISOString().replace(".000Z", "Z");
  if (type === "B") return (value as Buffer).toString("base64");
  if (typeof type === "string") return escape(String(value));
  if ("S" in type) return structureXml(table, type.S, value as Record<string, unknown>);
  if ("L" in type) return (value as unknown[]).map((item) => `<member>${valueXml(table, type.L, item)}</member>`).join("");
  return Object.entries(value as object)
    .map(([key, held]) => `<entry><key>${escape(key)}</key><value>${valueXml(table, type.M, held)}</value></entry>`)
    .join("");
}

const escapes: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;", "\r": "&#xD;" };

/** Characters that XML 1.0 cannot hold become U+FFFD. */
const escape = (text: string): string =>
  text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd").replace(/[<>&"\r]/g, (c) => escapes[c] ?? c);
