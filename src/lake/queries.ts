import type { OrganizationTarget } from "../identity/organization.ts";
import type { Clocks } from "../clocks.ts";
import type { Change, Entities, Entity } from "../store/entities.ts";
import type { Outcome, Store } from "../store/store.ts";
import { type EventDataStore, type LakeQuery, resultId } from "./entities.ts";
import { type End, type ProcessLimits, QueryProcess } from "./query-process.ts";
import type { SandboxLimits } from "./sandbox-database.ts";
import type { Scope } from "./scope.ts";
import { prepareStatement } from "./statement.ts";
import { timeText } from "./columns.ts";

export type LakeLimits = ProcessLimits & SandboxLimits;

export const lakeLimits: LakeLimits = {
  timeMostMs: 120_000,
  rowsMost: 100_000,
  resultMost: 32 * 1024 * 1024,
  memoryMost: 256 * 1024 * 1024,
  valueMost: 1_000_000,
};

/** Processes at once: a query waits rather than take another core from those who ask for keys. */
const runningMost = 2;
const accountsMost = 50_000;
const dayMs = 86_400_000;

interface Desk {
  readonly store: Store;
  readonly entities: Entities;
  readonly clocks: Clocks;
  /** The data folder. */
  readonly folder: string;
  readonly limits: LakeLimits;
}

/** Runs the queries that are waiting, oldest first, and writes down what they came to. */
export class Queries {
  readonly #desk: Desk;
  readonly #waiting: string[] = [];
  readonly #running = new Map<string, QueryProcess | undefined>();
  readonly #settled = new Set<Promise<void>>();
  #stopped = false;

  constructor(desk: Desk) {
    this.#desk = desk;
    desk.store.onChange((changed) => {
      for (const { kind, id, row, expect } of changed) if (kind === "lake-query") this.#follow(id, row?.scope, expect);
    });
  }

  /** What a server that ended left unfinished is begun again. */
  resume(): void {
    const { entities } = this.#desk;
    const left = entities.listByScope<LakeQuery>("lake-query", "active", { after: "", limit: 10_000 });
    this.#waiting.push(...left.map(({ row }) => row.id).reverse());
    this.#next();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const process of this.#running.values()) process?.kill();
    await Promise.all(this.#settled);
  }

  #follow(id: string, scope: string | undefined, expect: number): void {
    if (scope === "active" && expect === 0) this.#waiting.push(id);
    else if (scope !== "active") this.#running.get(id)?.kill();
    this.#next();
  }

  #next(): void {
    while (!this.#stopped && this.#running.size < runningMost) {
      const id = this.#waiting.shift();
      if (id === undefined) return;
      this.#running.set(id, undefined);
      const settled = this.#run(id)
        // The store does not take anything now: the query is begun again after the next start.
        .catch(() => {})
        .finally(() => {
          this.#running.delete(id);
          this.#settled.delete(settled);
          this.#next();
        });
      this.#settled.add(settled);
    }
  }

  async #run(id: string): Promise<void> {
    const { entities, clocks, folder, limits } = this.#desk;
    const waiting = entities.get<LakeQuery>("lake-query", id);
    if (!waiting || waiting.row.scope !== "active") return;
    if (!(await this.#put(waiting, { ...waiting.content, status: "RUNNING" }))) return;
    const { content: query } = entities.get<LakeQuery>("lake-query", id)!;
    const stores = query.stores.map((arn) => entities.get<EventDataStore>("event-data-store", arn)?.content);
    const began = clocks.wall();
    const scopes = stores.map((store) => scopeOf(store, entities, clocks.domain()));
    const prepared = prepareStatement(query.statement, timeText(new Date(query.createdAt).toISOString()));
    const process = new QueryProcess({ folder, prepared, scopes, parameters: query.parameters, limits }, limits);
    this.#running.set(id, process);
    const end = await process.ended();
    if (this.#stopped) return;
    await this.#settle(id, end, clocks.wall() - began);
  }

  /** A query that was cancelled meanwhile stays so, and leaves no result. */
  async #settle(id: string, end: End, milliseconds: number): Promise<void> {
    const { entities } = this.#desk;
    const entity = entities.get<LakeQuery>("lake-query", id);
    if (!entity || entity.row.scope !== "active") return;
    const query = entity.content;
    if (end.is === "timed out") return void (await this.#put(entity, { ...query, status: "TIMED_OUT" }));
    if (end.is === "failed") return void (await this.#put(entity, { ...query, status: "FAILED", error: end.why }));
    const { scanned, bytes, pages } = end;
    const matched = pages.reduce((sum, { rows }) => sum + rows.length, 0);
    const statistics = { scanned, matched, bytes, milliseconds };
    const finished: LakeQuery = {
      ...query,
      status: "FINISHED",
      statistics,
      pages: pages.map(({ rows }) => rows.length),
    };
    const results = pages.map((page, at) =>
      entities.create("lake-result", resultId(id, at), page, { scope: "", parent: id }),
    );
    await this.#put(entity, finished, results);
  }

  async #put(entity: Entity<LakeQuery>, query: LakeQuery, more: readonly Change[] = []): Promise<boolean> {
    const { store, entities } = this.#desk;
    const scope = query.status === "RUNNING" ? "active" : "ended";
    const changes = [...more, entities.put(entity, query, { scope })];
    const decidedAt = store.changeNumber;
    const outcome = await new Promise<Outcome | Error>((resolve) =>
      store.commit({ changes, records: [], used: [], decidedAt }, resolve),
    );
    if (outcome instanceof Error) throw outcome;
    return outcome === "done";
  }
}

/** A store that is gone has no records. An organization's has those of its members, since they came. */
function scopeOf(store: EventDataStore | undefined, entities: Entities, now: number): Scope {
  if (!store) return { owner: "", accounts: [], region: "", epochs: [], oldest: now };
  const { account, region, epochs, retentionDays, organizationId } = store;
  const own = { account, from: 0 };
  const members =
    organizationId === undefined
      ? []
      : entities
          .listByScope<OrganizationTarget>("organization-target", organizationId, { after: "", limit: accountsMost })
          .filter(({ content }) => content.type === "ACCOUNT" && content.id !== account)
          .map(({ content }) => ({ account: content.id, from: content.createdAt }));
  return { owner: account, accounts: [own, ...members], region, epochs, oldest: now - retentionDays * dayMs };
}
