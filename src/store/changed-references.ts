import { type Change, reference } from "./store.ts";

/** References remembered with the number of their last change; beyond this, the oldest count as "may have changed". */
const rememberedMost = 200_000;

/** When what calls decide on was changed last. */
export class ChangedReferences {
  readonly #changedAt = new Map<string, number>();
  #floor = 0;

  /** The number of the last change, or one that it cannot be above. */
  lastOf(name: string): number {
    return this.#changedAt.get(name) ?? this.#floor;
  }

  remember(name: string, number: number): void {
    this.#changedAt.delete(name);
    this.#changedAt.set(name, number);
    if (this.#changedAt.size <= rememberedMost) return;
    const [oldest] = this.#changedAt;
    if (oldest) {
      this.#floor = Math.max(this.#floor, oldest[1]);
      this.#changedAt.delete(oldest[0]);
    }
  }
}

/** The row, and every list that it stands in or has left. */
export function namesOf({ kind, id, scope, parent, row }: Change): string[] {
  const names = [reference.row(kind, id), reference.byScope(kind, scope), reference.byParent(kind, parent)];
  if (row && row.scope !== scope) names.push(reference.byScope(kind, row.scope));
  if (row && row.parent !== parent) names.push(reference.byParent(kind, row.parent));
  return names;
}
