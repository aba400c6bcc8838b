import { jsonService } from "./json.ts";
import type { WireService } from "./protocol.ts";
import { queryService } from "./query.ts";
import { readTable } from "./table.ts";

const codecs = { json: jsonService, query: queryService } as const;

/** A service that the server speaks, from its generated table. */
export function wireService(name: "kms" | "sts" | "iam"): WireService {
  const table = readTable(name);
  return codecs[table.protocol](table);
}
