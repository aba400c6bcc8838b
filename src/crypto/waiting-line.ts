/**
 * Who waits for a thread: each owner (an account) has a line of its own, and they are served in turn, so that one that
 * floods delays itself. `most` bounds all lines together, `mostEach` one of them.
 */
export class WaitingLine<T> {
  readonly #most: number;
  readonly #mostEach: number;
  /** In the order of turns. */
  readonly #lines = new Map<string, T[]>();
  #count = 0;

  constructor(most: number, mostEach: number) {
    this.#most = most;
    this.#mostEach = mostEach;
  }

  hasPlace(owner: string): boolean {
    return this.#count < this.#most && (this.#lines.get(owner)?.length ?? 0) < this.#mostEach;
  }

  /** Only when it `hasPlace`. */
  add(owner: string, item: T): void {
    const line = this.#lines.get(owner);
    if (line) line.push(item);
    else this.#lines.set(owner, [item]);
    this.#count += 1;
  }

  take(): T | undefined {
    const [first] = this.#lines;
    if (!first) return undefined;
    const [owner, line] = first;
    const item = line.shift();
    this.#count -= 1;
    this.#lines.delete(owner);
    if (line.length > 0) this.#lines.set(owner, line);
    return item;
  }
}
