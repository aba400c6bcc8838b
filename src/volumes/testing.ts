import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OffsetClocks } from "../clocks.ts";
import { Disks } from "../disks/disks.ts";
import type { Caller } from "../identity/caller.ts";
import { rootCaller, type World } from "../identity/principals.ts";
import type { Call } from "../operation.ts";
import { RootSeal } from "../seal/root-seal.ts";
import { CachedEntities } from "../store/cached-entities.ts";
import type { Change, Entities } from "../store/entities.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { WorkHandler } from "./work.ts";
import { Works } from "./works.ts";

export const account = "111122223333";
export const region = "eu-west-1";
const caller = rootCaller(account, "AKIA", { sourceAddress: "203.0.113.9", userAgent: "test", secure: true }, []);

interface Said {
  readonly who: string;
  readonly invokedBy: string | undefined;
  readonly operation: string;
}

/** A store and what works on it, for tests alone. */
export interface Workbench extends AsyncDisposable {
  readonly entities: Entities;
  readonly faults: string[];
  readonly said: Said[];
  readonly events: () => Promise<Record<string, unknown>[]>;
  commit(changes: readonly Change[]): Promise<string | Error>;
  /** As `kill -9` leaves it: what is under way never comes to an end. The next life reads what was committed. */
  kill(): Promise<void>;
  fault(fault: { delayMs: number; fail: string }): void;
  start(handler: WorkHandler): Works;
  call(): Call;
}

export async function workbench(): Promise<Workbench> {
  const folder = mkdtempSync(join(tmpdir(), "claviger-works-"));
  const seal = new RootSeal(randomBytes(32));
  const clocks = new OffsetClocks();
  const disks = new Disks(folder, () => undefined);
  const open = () => openSqliteStore({ folder, seed: Buffer.alloc(32, 1), faults: true });
  let store = await open();
  let entities = new CachedEntities(store, seal, { maxBytes: 1_000_000 });
  let works: Works | undefined;
  const [faults, said]: [string[], Said[]] = [[], []];
  return {
    get entities() {
      return entities;
    },
    faults,
    said,
    events: async () =>
      (await store.trail.after(0, 100)).lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    commit: (changes) =>
      new Promise((resolve) =>
        store.commit({ changes, records: [], used: [], decidedAt: store.changeNumber }, resolve),
      ),
    kill: async () => {
      void works?.stop(() => Promise.resolve());
      await store.close();
      store = await open();
      entities = new CachedEntities(store, seal, { maxBytes: 1_000_000 });
    },
    fault: (fault) => store.fault(fault),
    start: (handler) => {
      // Nobody signs in here, so that nobody's signature is checked.
      const world = { entities, seal, clocks, development: { accountKeys: true } } as unknown as World;
      const call = (who: () => Caller, _region: string, operation: string) => {
        const { arn, invokedBy } = who().facts;
        said.push({ who: arn, invokedBy, operation });
        return Promise.resolve({});
      };
      const fault = (_about: string, error: unknown) => void faults.push(String(error));
      const place = { world, store, disks, handlers: new Map([["paint", handler]]), restarting: () => [], call, fault };
      return (works = new Works(place));
    },
    call: () => ({ caller, region, entities, seal, clocks }) as unknown as Call,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await disks.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
