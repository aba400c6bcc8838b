import { refuse } from "../errors.ts";
import { decodeForm, readForm } from "./form.ts";
import type { WireOperation, WireReply, WireRequest, WireService } from "./protocol.ts";
import { sensitiveMembers } from "./sensitive.ts";
import type { ServiceTable } from "./table.ts";
import { structureXml, xmlText } from "./xml.ts";

/** What the program calls an error on the JSON wire, as EC2 calls it (EC2 API reference, "Error codes"). */
const ec2Codes: Readonly<Record<string, readonly [code: string, status: number]>> = {
  AccessDeniedException: ["UnauthorizedOperation", 403],
  UnrecognizedClientException: ["AuthFailure", 401],
  InvalidSignatureException: ["SignatureDoesNotMatch", 403],
  MissingAuthenticationTokenException: ["MissingAuthenticationToken", 403],
  IncompleteSignatureException: ["IncompleteSignature", 400],
  ExpiredTokenException: ["RequestExpired", 400],
  ThrottlingException: ["RequestLimitExceeded", 503],
  UnknownOperationException: ["InvalidAction", 400],
  UnsupportedOperationException: ["UnsupportedOperation", 400],
  InternalFailure: ["InternalError", 500],
};

const headers: Readonly<Record<string, string>> = { "Content-Type": "text/xml;charset=UTF-8" };

/** EC2's variant of the Query protocol: lists without wrappers, elements in lower camel case, errors of its own shape. */
export function ec2Service(table: ServiceTable): WireService {
  return {
    name: table.service,
    eventSource: `${table.service}.amazonaws.com`,
    protocol: "ec2",
    skewMinutes: table.skewMinutes,
    internalError: "InternalError",
    operations: new Map(Object.keys(table.operations).map((name) => [name, ec2Operation(table, name)])),
    operationOf: (request) => operationOf(table, request),
    // CloudTrail says whose fault it was.
    recordedError: ({ code, message }) => ({
      code: `${(ec2Codes[code]?.[1] ?? 400) < 500 ? "Client" : "Server"}.${ec2Codes[code]?.[0] ?? code}`,
      message: textOf(code, message),
    }),
    encodeError: ({ code, message, status }, requestId): WireReply => {
      const [shown, http] = ec2Codes[code] ?? [code, status];
      const error = `<Error><Code>${xmlText(shown)}</Code><Message>${xmlText(textOf(code, message))}</Message></Error>`;
      const body = `${declaration}<Response><Errors>${error}</Errors><RequestID>${requestId}</RequestID></Response>`;
      return { status: http, headers, body };
    },
  };
}

const textOf = (code: string, message: string): string =>
  code === "AccessDeniedException" ? `You are not authorized to perform this operation. ${message}` : message;

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

function operationOf(table: ServiceTable, request: WireRequest): string {
  if (request.method !== "POST" && request.method !== "GET")
    refuse("InvalidAction", `The method ${request.method.slice(0, 16)} is not supported.`);
  const form = readForm(request);
  const action = form.get("Action") ?? refuse("MissingAction", "The request must contain the parameter Action");
  const version = form.get("Version") ?? table.apiVersion;
  if (!Object.hasOwn(table.operations, action) || version !== table.apiVersion)
    refuse("InvalidAction", `The action ${action.slice(0, 128)} is not valid for this web service.`);
  return action;
}

/** What the model requires, and the operation itself misses in a way of its own. */
const missedLater: ReadonlySet<string> = new Set(["CopySnapshot.SourceRegion"]);

function ec2Operation(table: ServiceTable, name: string): WireOperation {
  const { i, o } = table.operations[name]!;
  return {
    name,
    sensitive: sensitiveMembers(table, name),
    decode(request) {
      if (i === undefined) return {};
      const input = decodeForm(table, i, readForm(request));
      for (const [member, { r, p }] of Object.entries(table.structures[i] ?? {}))
        if (r === 1 && input[member] === undefined && !missedLater.has(`${name}.${member}`))
          refuse("MissingParameter", `The request must contain the parameter ${p ?? member}`);
      return input;
    },
    encode: (output, requestId): WireReply => {
      const result = o === undefined ? "<return>true</return>" : structureXml(table, o, output);
      const inner = `<requestId>${requestId}</requestId>${result}`;
      return {
        status: 200,
        headers,
        body: `${declaration}<${name}Response xmlns="${table.xmlNamespace}">${inner}</${name}Response>`,
      };
    },
  };
}
