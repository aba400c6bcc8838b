import type { Change, Entities } from "../store/entities.ts";
import type { CallerFacts } from "./caller.ts";

/** kind "last-use", id = AKIA… of an access key or AROA… of a role, scope = account. Domain time, milliseconds. */
export interface LastUse {
  at: number;
  region: string;
  /** `kms` */
  service: string;
}

/** A stored use is at most this much older than the last one: what is newer is lost when the server ends. */
const savedEveryMs = 15 * 60 * 1000;

/** Credentials remembered; the others are known as they were stored. */
const rememberedMost = 10_000;

interface Noted extends LastUse {
  savedAt: number;
}

/**
 * When access keys and roles were last used. Every call is noted in memory; it is stored, together with the call's own
 * record, at most once in 15 minutes for each credential, so that reading a key does not become writing a row.
 */
export class LastUses {
  readonly #entities: Entities;
  readonly #noted = new Map<string, Noted>();
  constructor(entities: Entities) {
    this.#entities = entities;
  }

  /** The change that stores it, when that is due. `now`: domain clock, milliseconds. */
  note(facts: CallerFacts, service: string, region: string, now: number): Change | undefined {
    const id = facts.session?.issuer?.uniqueId ?? facts.accessKeyId;
    if (!id.startsWith("AKIA") && !id.startsWith("AROA")) return undefined;
    const noted = this.#noted.get(id) ?? this.#remember(id);
    noted.at = now;
    noted.region = region;
    noted.service = service;
    if (Math.abs(now - noted.savedAt) < savedEveryMs) return undefined;
    noted.savedAt = now;
    const content: LastUse = { at: now, region, service };
    const row = this.#entities.get<LastUse>("last-use", id);
    if (row) return this.#entities.put(row, content);
    return this.#entities.create("last-use", id, content, { scope: facts.account });
  }

  /** The change was not stored after all. */
  unsaved({ id }: Change): void {
    this.#noted.delete(id);
  }

  /** Undefined: never. */
  of(id: string): LastUse | undefined {
    return this.#noted.get(id) ?? this.#entities.get<LastUse>("last-use", id)?.content;
  }

  #remember(id: string): Noted {
    const savedAt = this.#entities.get<LastUse>("last-use", id)?.content.at ?? Number.NEGATIVE_INFINITY;
    const noted = { at: 0, region: "", service: "", savedAt };
    this.#noted.set(id, noted);
    if (this.#noted.size > rememberedMost) this.#noted.delete(this.#noted.keys().next().value ?? "");
    return noted;
  }
}
