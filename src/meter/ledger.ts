import type { Change, Entities } from "../store/entities.ts";

/** Names how a row is placed when it is made. */
interface Place {
  readonly scope: string;
  readonly parent?: string;
}

interface Entry {
  content: unknown;
  readonly place: Place;
}

/** Rows on which one portion of the trail is being written: read through it, and turned into changes at its end. */
export class Ledger {
  readonly #entities: Entities;
  readonly #written = new Map<string, Map<string, Entry>>();

  constructor(entities: Entities) {
    this.#entities = entities;
  }

  read<T>(kind: string, id: string): T | undefined {
    const written = this.#written.get(kind)?.get(id);
    return (written?.content as T | undefined) ?? this.#entities.get<T>(kind, id)?.content;
  }

  /** `content` is a new value: what was read stays as it is. */
  write<T>(kind: string, id: string, content: T, place: Place): void {
    const rows = this.#written.get(kind) ?? new Map<string, Entry>();
    this.#written.set(kind, rows.set(id, { content, place }));
  }

  /** An account that has something on its bill. */
  account(id: string): void {
    if (!this.read("metered-account", id)) this.write("metered-account", id, {}, { scope: "" });
  }

  /** Rows of the kind below the parent, as they are written here. */
  below<T>(kind: string, parent: string): T[] {
    const stored = this.#entities.listByParent<T>(kind, parent, { after: "", limit: 1000 });
    const written = [...(this.#written.get(kind) ?? [])].filter(([, { place }]) => place.parent === parent);
    const found = new Map(stored.map(({ row, content }) => [row.id, content]));
    for (const [id, { content }] of written) found.set(id, content as T);
    return [...found.values()];
  }

  changes(): Change[] {
    return [...this.#written].flatMap(([kind, rows]) =>
      [...rows].map(([id, { content, place }]) => {
        const stored = this.#entities.get(kind, id);
        return stored ? this.#entities.put(stored, content) : this.#entities.create(kind, id, content, place);
      }),
    );
  }
}
