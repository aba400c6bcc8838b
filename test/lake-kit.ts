import { setTimeout as pause } from "node:timers/promises";
import {
  CloudTrailClient,
  CreateEventDataStoreCommand,
  type CreateEventDataStoreCommandInput,
  DescribeQueryCommand,
  GetQueryResultsCommand,
  StartQueryCommand,
} from "@aws-sdk/client-cloudtrail";
import { type Credentials, root, settingsOf, type TestServer } from "./kit.ts";

export const cloudTrail = (
  server: TestServer,
  credentials: Credentials = root,
  region = "eu-west-1",
): CloudTrailClient => new CloudTrailClient(settingsOf(server, credentials, region));

/** A store that may be deleted; its id, as queries name it. */
export async function makeStore(
  client: CloudTrailClient,
  input: Partial<CreateEventDataStoreCommandInput> = {},
): Promise<string> {
  const made = await client.send(
    new CreateEventDataStoreCommand({ Name: "events", TerminationProtectionEnabled: false, ...input }),
  );
  return made.EventDataStoreArn!.split("/")[1]!;
}

export interface Answer {
  readonly status: string;
  readonly error: string | undefined;
  readonly rows: readonly (readonly (readonly [name: string, value: string])[])[];
}

const over: ReadonlySet<string> = new Set(["FINISHED", "FAILED", "CANCELLED", "TIMED_OUT"]);

/** Starts the query and waits for its end. */
export async function queried(client: CloudTrailClient, QueryStatement: string, more: object = {}): Promise<Answer> {
  const { QueryId } = await client.send(new StartQueryCommand({ QueryStatement, ...more }));
  return await ended(client, QueryId!);
}

export async function ended(client: CloudTrailClient, QueryId: string): Promise<Answer> {
  for (;;) {
    const { QueryStatus, ErrorMessage } = await client.send(new DescribeQueryCommand({ QueryId }));
    if (over.has(QueryStatus!))
      return { status: QueryStatus!, error: ErrorMessage, rows: await rowsOf(client, QueryId) };
    await pause(50);
  }
}

async function rowsOf(client: CloudTrailClient, QueryId: string): Promise<Answer["rows"]> {
  const { QueryResultRows = [] } = await client.send(new GetQueryResultsCommand({ QueryId }));
  return QueryResultRows.map((row) => row.map((cell) => Object.entries(cell)[0]!));
}

/** The values alone. */
export const values = ({ rows }: Answer): string[][] => rows.map((row) => row.map(([, value]) => value));
