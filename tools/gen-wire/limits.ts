import { readFileSync } from "node:fs";
import { ec2Operations } from "./ec2-operations.ts";

/** The services whose tables are generated. Another one is a line here, a pinned client and, if new, a codec. */
export const services: readonly Source[] = [
  { name: "kms", client: "@aws-sdk/client-kms", protocol: "json", skewMinutes: 5 },
  { name: "sts", client: "@aws-sdk/client-sts", protocol: "query", skewMinutes: 15 },
  { name: "iam", client: "@aws-sdk/client-iam", protocol: "query", skewMinutes: 15 },
  { name: "cloudtrail", client: "@aws-sdk/client-cloudtrail", protocol: "json", skewMinutes: 5 },
  { name: "organizations", client: "@aws-sdk/client-organizations", protocol: "json", skewMinutes: 5 },
  { name: "ce", client: "@aws-sdk/client-cost-explorer", protocol: "json", skewMinutes: 5 },
  { name: "ebs", client: "@aws-sdk/client-ebs", protocol: "rest-json", skewMinutes: 5 },
  {
    name: "ec2",
    client: "@aws-sdk/client-ec2",
    protocol: "ec2",
    skewMinutes: 5,
    only: ec2Operations,
    // EC2 answers in sentences of its own, not in those of a constraint check.
    unlimited: { apiVersion: "2016-11-15", xmlNamespace: "http://ec2.amazonaws.com/doc/2016-11-15/" },
  },
];

export interface Source {
  readonly name: string;
  readonly client: string;
  readonly protocol: "json" | "query" | "ec2" | "rest-json" | "rest-xml";
  /** How far a signature's time may be from ours. */
  readonly skewMinutes: number;
  /** The operations of a service of which only a part is spoken. */
  readonly only?: readonly string[];
  /** No limits are taken from a model; what the table would say besides them. */
  readonly unlimited?: { readonly apiVersion: string; readonly xmlNamespace: string };
}

/** Limits of one shape; `element`, `key` and `value` name other entries of the table. */
export interface Limit {
  readonly integer?: true;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly element?: string;
  readonly key?: string;
  readonly value?: string;
}

/** What tools/constraints/<service>.json holds. A member's target ends in "!" when the member is required. */
export interface LimitTable {
  readonly source: string;
  readonly copyright: string;
  readonly generatedBy: string;
  readonly apiVersion: string;
  readonly targetPrefix?: string;
  readonly xmlNamespace?: string;
  /** Operations that the model knows; the SDK may know newer ones. */
  readonly operations: readonly string[];
  readonly limits: Readonly<Record<string, Limit>>;
  readonly members: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Structures newer than the model, by service: the same notation, from the sources named. */
const additions: Readonly<Record<string, LimitTable["members"]>> = {
  // KMS API reference, Encapsulate and Decapsulate.
  kms: {
    EncapsulateRequest: {
      KeyId: "KeyIdType!",
      EncapsulationAlgorithm: "EncapsulationAlgorithmSpec!",
      GrantTokens: "GrantTokenList",
    },
    DecapsulateRequest: {
      KeyId: "KeyIdType!",
      EncapsulationAlgorithm: "EncapsulationAlgorithmSpec!",
      SharedSecretCiphertextBlob: "CiphertextType!",
      GrantTokens: "GrantTokenList",
    },
  },
};

/** Limits newer than the model, merged over it: enumerations that the newer SDK extends. */
const newerLimits: Readonly<Record<string, LimitTable["limits"]>> = {
  kms: { EncapsulationAlgorithmSpec: { enum: ["ML_KEM"] } },
};

export function readLimits({ name: service, client, unlimited }: Source): LimitTable {
  if (unlimited) {
    const copyright = "Copyright Amazon.com, Inc. or its affiliates. Licensed under the Apache License, Version 2.0.";
    const source = `the schemas of ${client} alone`;
    return { ...unlimited, source, copyright, generatedBy: "", operations: [], limits: {}, members: {} };
  }
  const url = new URL(`../constraints/${service}.json`, import.meta.url);
  const table = JSON.parse(readFileSync(url, "utf8")) as LimitTable;
  return {
    ...table,
    limits: { ...table.limits, ...newerLimits[service] },
    members: { ...table.members, ...additions[service] },
  };
}
