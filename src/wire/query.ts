import { refuse } from "../errors.ts";
import { decodeForm, readForm } from "./form.ts";
import type { WireOperation, WireReply, WireRequest, WireService } from "./protocol.ts";
import { sensitiveMembers } from "./sensitive.ts";
import type { ServiceTable } from "./table.ts";
import { type Check, refuseProblems, structureCheck } from "./structure-check.ts";
import { structureXml, xmlText } from "./xml.ts";

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
  SerializationException: ["MalformedInput", 400],
  UnknownOperationException: ["InvalidAction", 400],
  UnsupportedOperationException: ["UnsupportedOperation", 400],
  InternalFailure: ["InternalFailure", 500],
};

const headers: Readonly<Record<string, string>> = { "Content-Type": "text/xml" };

export function queryService(table: ServiceTable): WireService {
  const operations = new Map(Object.keys(table.operations).map((name) => [name, queryOperation(table, name)]));
  // A service may name a modelled error by its shape (NoSuchEntityException) or by its code (NoSuchEntity).
  const modelled = new Map([
    ...Object.values(table.errors).map((error) => [error[0], error] as const),
    ...Object.entries(table.errors),
  ]);
  return {
    name: table.service,
    eventSource: `${table.service}.amazonaws.com`,
    protocol: "query",
    skewMinutes: table.skewMinutes,
    internalError: "InternalFailure",
    operations,
    operationOf: (request) => operationOf(table, request),
    encodeError: ({ code, message, status }, requestId): WireReply => {
      const own = modelled.get(code);
      // STS's own ExpiredTokenException (400) is about a web identity's token, another service's about a session.
      const [shown, http] = own?.[1] === status ? own : (queryCodes[code] ?? own ?? [code, status]);
      const type = http >= 500 ? "Receiver" : "Sender";
      const error = `<Type>${type}</Type><Code>${xmlText(shown)}</Code><Message>${xmlText(message)}</Message>`;
      const inner = `<Error>${error}</Error><RequestId>${requestId}</RequestId>`;
      return { status: http, headers, body: `<ErrorResponse xmlns="${table.xmlNamespace}">${inner}</ErrorResponse>` };
    },
  };
}

function operationOf(table: ServiceTable, request: WireRequest): string {
  if (request.method !== "POST" && request.method !== "GET")
    refuse("InvalidAction", `The method ${request.method.slice(0, 16)} is not supported.`);
  const form = readForm(request);
  const action = form.get("Action") ?? refuse("MissingAction", "Request is missing Action");
  const version = form.get("Version") ?? table.apiVersion;
  if (!Object.hasOwn(table.operations, action) || version !== table.apiVersion)
    refuse("InvalidAction", `Could not find operation ${action.slice(0, 128)} for version ${version.slice(0, 32)}`);
  return action;
}

function queryOperation(table: ServiceTable, name: string): WireOperation {
  const { i, o } = table.operations[name]!;
  let check: Check | undefined;
  return {
    name,
    sensitive: sensitiveMembers(table, name),
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
      const body = `<${name}Response xmlns="${table.xmlNamespace}">${result}${metadata}</${name}Response>`;
      return { status: 200, headers, body };
    },
  };
}
