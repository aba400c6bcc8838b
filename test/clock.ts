import { setTimeout as pause } from "node:timers/promises";
import type { ClockOffset } from "../src/services/claviger/operations.ts";
import type { TestServer } from "./kit.ts";
import { commit } from "./principals.ts";

/** Moves the domain clock, and waits until everything that has become due is done. */
export async function advance(server: TestServer, milliseconds: number): Promise<void> {
  const { entities, clocks } = server.house;
  const stored = entities.get<ClockOffset>("installation", "clock");
  const offset = (stored?.content.offset ?? 0) + milliseconds;
  await commit(server, [
    stored ? entities.put(stored, { offset }) : entities.create("installation", "clock", { offset }, { scope: "" }),
  ]);
  while (entities.listDue(clocks.domain(), 1).length > 0) await pause(5);
}
