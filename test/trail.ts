import type { TestServer } from "./kit.ts";

/** A record of the audit trail, as a test looks into it. */
export type TrailRecord = Record<string, any>;

/** Every record so far, oldest first. */
export async function records(server: TestServer): Promise<TrailRecord[]> {
  const { lines } = await server.house.store.trail.after(0, 10_000);
  return lines.map((line) => JSON.parse(line) as TrailRecord);
}

/** The records of one operation. */
export const recordsOf = async (server: TestServer, eventName: string): Promise<TrailRecord[]> =>
  (await records(server)).filter((record) => record.eventName === eventName);
