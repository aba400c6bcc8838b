const firstMs = 500;
const mostMs = 60_000;

/** How long to wait after a failure: twice as long each time, up to a minute, and never all at the same moment. */
export class Backoff {
  readonly #firstMs: number;
  #failures = 0;
  constructor(first: number = firstMs) {
    this.#firstMs = first;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Milliseconds. `asked`: how long the other side wants to be left alone. */
  failed(asked = 0): number {
    const most = Math.min(mostMs, this.#firstMs * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    return Math.max(asked, Math.round(most * (0.5 + Math.random() / 2)));
  }
}
