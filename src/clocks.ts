/**
 * Two clocks (design, rule 7). `wall` serves signatures, Date headers and session expiry. `domain` serves waiting
 * periods, `aws:CurrentTime` and event times: the wall clock plus an offset that development mode can move.
 * Both are milliseconds since the epoch.
 */
export interface Clocks {
  wall(): number;
  domain(): number;
}

export class OffsetClocks implements Clocks {
  #offset: number;
  readonly #wall: () => number;
  constructor(offset = 0, wall: () => number = Date.now) {
    this.#offset = offset;
    this.#wall = wall;
  }
  wall(): number {
    return this.#wall();
  }
  domain(): number {
    return this.#wall() + this.#offset;
  }
  get offset(): number {
    return this.#offset;
  }
  /** Only the clock job, after the new offset is durable, calls this. */
  moveTo(offset: number): void {
    this.#offset = offset;
  }
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** `Nov 25, 2026 10:12:53 AM`: how the services without Regions write times in their records. */
export function recordedTime(at: number): string {
  const date = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  const hours = date.getUTCHours();
  const clock = `${hours % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const day = `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
  return `${day} ${clock} ${hours < 12 ? "AM" : "PM"}`;
}
