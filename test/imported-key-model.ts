/** How long material that expires is good for, and how long a key waits for its deletion; in days. */
export const validDays = 3;
export const windowDays = 7;

export interface Held {
  readonly bytes: Buffer;
  readonly id: string;
  /** Day of its expiry; undefined: it is not here. */
  until: number | undefined;
}

/** What a key of imported material, and what it holds, should be. */
export class Model {
  bound: Held[] = [];
  pending: Held | undefined;
  set: "Enabled" | "Disabled" = "Enabled";
  deletion: number | undefined;
  now = 0;
  rotations = 0;

  get whole(): boolean {
    return this.bound.length > 0 && this.bound.every(({ until }) => until !== undefined);
  }

  get state(): "Enabled" | "Disabled" | "PendingDeletion" | "PendingImport" {
    if (this.deletion !== undefined) return "PendingDeletion";
    return this.whole ? this.set : "PendingImport";
  }

  /** What a key had been set to is forgotten while it waits for material. */
  settle(): void {
    if (this.deletion === undefined && !this.whole) this.set = "Enabled";
  }

  drop(gone: Held): void {
    gone.until = undefined;
    if (gone === this.pending) this.pending = undefined;
    this.settle();
  }

  wait(days: number): void {
    this.now += days;
    for (const held of [...this.bound, this.pending]) if ((held?.until ?? Infinity) <= this.now) this.drop(held!);
  }
}
