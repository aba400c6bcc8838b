import { readFileSync } from "node:fs";

/** What tools/gen-wire.ts writes: see there for the letters. */
export type TableType = string | { S: string } | { L: TableType } | { M: TableType };

export interface Constraint {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  /** What is matched, where JavaScript would read `pattern` differently. */
  readonly expression?: string;
  readonly enum?: readonly string[];
  readonly integer?: true;
  readonly each?: Constraint;
  readonly key?: Constraint;
  readonly value?: Constraint;
}

export interface TableMember {
  readonly t: TableType;
  readonly r?: 1;
  readonly x?: 1;
  readonly f?: 1;
  readonly c?: Constraint;
  readonly p?: string;
  readonly e?: string;
  readonly l?: 1;
  readonly b?: 1;
  readonly h?: string;
  readonly q?: string;
}

export interface TableOperation {
  readonly i?: string;
  readonly o?: string;
  readonly http?: readonly [method: string, path: string, status: number];
}

export interface ServiceTable {
  readonly service: string;
  readonly protocol: "json" | "query" | "ec2" | "rest-json";
  readonly skewMinutes: number;
  readonly apiVersion: string;
  readonly targetPrefix?: string;
  readonly xmlNamespace?: string;
  readonly operations: Readonly<Record<string, TableOperation>>;
  /** Modelled errors: shape → query code and HTTP status. */
  readonly errors: Readonly<Record<string, readonly [string, number]>>;
  readonly structures: Readonly<Record<string, Readonly<Record<string, TableMember>>>>;
}

export const readTable = (service: string): ServiceTable =>
  JSON.parse(readFileSync(new URL(`./gen/${service}.json`, import.meta.url), "utf8")) as ServiceTable;
