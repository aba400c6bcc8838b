import { jsonService } from "./json.ts";
import { ec2Service } from "./ec2.ts";
import type { WireService } from "./protocol.ts";
import { queryService } from "./query.ts";
import { restJsonService } from "./rest-json.ts";
import { readTable } from "./table.ts";

/** The services whose tables tools/gen-wire.ts makes. */
const serviceNames = ["kms", "sts", "iam", "cloudtrail", "organizations", "ce", "ec2", "ebs"] as const;
export type ServiceName = (typeof serviceNames)[number];

const codecs = { json: jsonService, query: queryService, ec2: ec2Service, "rest-json": restJsonService } as const;

const globalServices = new Set(["iam", "organizations"]);

/** A service that the server speaks, from its generated table. */
export function wireService(name: ServiceName): WireService {
  const table = readTable(name);
  const service = codecs[table.protocol](table);
  // Differs: AWS takes calls signed for the home Region alone; clients with an endpoint of their own sign for theirs.
  return globalServices.has(name) ? { ...service, homeRegion: "us-east-1" } : service;
}

/** By SigV4 service name. Tables are read here; an operation's codec is compiled when it is first called. */
export const wireServices: ReadonlyMap<string, WireService> = new Map(
  serviceNames.map((name) => [name, wireService(name)]),
);
