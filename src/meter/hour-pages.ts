import { type MeteredRequests, pageKeysMost } from "./entities.ts";
import type { Ledger } from "./ledger.ts";

/** The pages of one hour, account and Region while a portion of the trail is written onto them. */
export class HourPages {
  readonly #ledger: Ledger;
  readonly #account: string;
  readonly #hour: string;
  readonly #pageOf = new Map<string, number>();
  #last = 0;
  #onLast = 0;

  /** `hour`: `account/2026-01-31T10/region`. */
  constructor(hour: string, account: string, ledger: Ledger) {
    this.#ledger = ledger;
    this.#account = account;
    this.#hour = hour;
    for (let page = 0; ; page++) {
      const names = Object.keys(this.#read(page));
      if (names.length === 0) return;
      for (const name of names) this.#pageOf.set(name, page);
      this.#last = page;
      this.#onLast = names.length;
    }
  }

  add(key: string, line: string, calls: number): void {
    const page = this.#pageOf.get(key) ?? this.#placeNew(key);
    const keys = this.#read(page);
    const more = { ...keys[key], [line]: (keys[key]?.[line] ?? 0) + calls };
    const rows: MeteredRequests = { keys: { ...keys, [key]: more } };
    this.#ledger.write("metered-requests", this.#id(page), rows, { scope: this.#account });
  }

  #placeNew(key: string): number {
    if (this.#onLast >= pageKeysMost) [this.#last, this.#onLast] = [this.#last + 1, 0];
    this.#onLast += 1;
    this.#pageOf.set(key, this.#last);
    return this.#last;
  }

  #read(page: number): MeteredRequests["keys"] {
    return this.#ledger.read<MeteredRequests>("metered-requests", this.#id(page))?.keys ?? {};
  }

  #id(page: number): string {
    return `${this.#hour}/${String(page).padStart(4, "0")}`;
  }
}
