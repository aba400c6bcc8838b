import type { Outbound } from "../outbound/gate.ts";
import { post } from "./https-sink.ts";
import { type NumberedRecord, type Sink, SinkFailure } from "./sink.ts";

export interface OtlpSettings {
  readonly url: string;
  readonly bearerFile?: string | undefined;
  readonly version: string;
}

type Library = Awaited<ReturnType<typeof openLibrary>>;
type LogRecord = Parameters<Library["serializer"]["serializeRequest"]>[0][number];

/** OpenTelemetry's severities: INFO, and WARN for what was refused. */
const [info, warn] = [9, 13];

/**
 * OpenTelemetry logs over HTTP. OpenTelemetry's own library makes the protobuf messages and reads the answers; they
 * leave through the gate, as everything does.
 */
export class OtlpSink implements Sink {
  readonly settleMs = 0;
  readonly #outbound: Outbound;
  readonly #settings: OtlpSettings;
  #library: Library | undefined;
  constructor(outbound: Outbound, settings: OtlpSettings) {
    this.#outbound = outbound;
    this.#settings = settings;
  }

  async deliver(records: readonly NumberedRecord[]): Promise<number> {
    const { url, bearerFile, version } = this.#settings;
    const { serializer, resource } = (this.#library ??= await openLibrary(version));
    const scope = { name: "claviger.audit", version };
    const body = serializer.serializeRequest(records.map((record) => logRecord(record, resource, scope)));
    if (!body) throw new SinkFailure("the records cannot be written as OpenTelemetry logs");
    const answer = await post(this.#outbound, { url, body, type: "application/x-protobuf", bearerFile });
    return rejectedIn(answer, serializer);
  }

  close(): Promise<boolean> {
    this.#outbound.close();
    return Promise.resolve(true);
  }
}

/** What a collector refuses for good it must not be sent again (OTLP, "Partial Success"). */
function rejectedIn(answer: Buffer, serializer: Library["serializer"]): number {
  try {
    return Number(serializer.deserializeResponse(answer).partialSuccess?.rejectedLogRecords ?? 0);
  } catch {
    // A yes in another form than protobuf is a yes.
    return 0;
  }
}

async function openLibrary(version: string) {
  const { ProtobufLogsSerializer } = await import("@opentelemetry/otlp-transformer");
  const { resourceFromAttributes } = await import("@opentelemetry/resources");
  const resource = resourceFromAttributes({ "service.name": "claviger", "service.version": version });
  return { serializer: ProtobufLogsSerializer, resource };
}

type AuditRecord = Readonly<Record<string, unknown>> & { readonly userIdentity?: Readonly<Record<string, unknown>> };

/** The body is the record as it stands in the trail; what one looks for first is beside it. */
function logRecord(
  { number, line }: NumberedRecord,
  resource: Library["resource"],
  instrumentationScope: LogRecord["instrumentationScope"],
): LogRecord {
  const record = JSON.parse(line) as AuditRecord;
  const seconds = Math.floor(Date.parse(String(record.eventTime)) / 1000);
  const now = Date.now();
  const refused = record.errorCode !== undefined;
  const named = {
    "cloud.account.id": record.recipientAccountId,
    "cloud.region": record.awsRegion,
    "enduser.id": record.userIdentity?.arn,
    "client.address": record.sourceIPAddress,
    "error.type": record.errorCode,
    "claviger.event.source": record.eventSource,
    "claviger.event.id": record.eventID,
    "claviger.request.id": record.requestID,
    "claviger.record": number,
  };
  const known = Object.entries(named).filter(
    (entry): entry is [string, string | number] => typeof entry[1] === "string" || typeof entry[1] === "number",
  );
  return {
    hrTime: [Number.isFinite(seconds) ? seconds : 0, 0],
    hrTimeObserved: [Math.floor(now / 1000), (now % 1000) * 1e6],
    severityNumber: refused ? warn : info,
    severityText: refused ? "WARN" : "INFO",
    body: line,
    eventName: `${String(record.eventSource)}/${String(record.eventName)}`,
    resource,
    instrumentationScope,
    attributes: Object.fromEntries(known),
    droppedAttributesCount: 0,
  };
}
