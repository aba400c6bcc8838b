import { type SelectableRecord, takenByAdvanced } from "../audit/event-selectors.ts";
import type { Epoch } from "./entities.ts";

/** Which records of the trail are in an event data store. */
export interface Scope {
  /** Who owns the store. */
  readonly owner: string;
  /** Whose records, and from when on: an organization has no part in what a member did before it came. */
  readonly accounts: readonly { readonly account: string; readonly from: number }[];
  readonly region: string;
  readonly epochs: readonly Epoch[];
  /** Nothing older: the retention period. Domain milliseconds. */
  readonly oldest: number;
}

export interface StoredRecord extends SelectableRecord {
  readonly awsRegion: string;
  readonly eventTime: string;
  readonly recipientAccountId: string;
  readonly requestID?: string;
}

const second = (at: number): number => Math.floor(at / 1000) * 1000;

/** Goes along the trail: asked of every record that the text filter lets through, in order. */
export class ScopeFilter {
  readonly #scope: Scope;
  readonly #from: ReadonlyMap<string, number>;
  readonly #needles: readonly string[];
  /** Epochs whose first record has come; whose last one has come. */
  readonly #begun = new Set<Epoch>();
  readonly #over = new Set<Epoch>();

  constructor(scope: Scope) {
    this.#scope = scope;
    this.#from = new Map(scope.accounts.map(({ account, from }) => [account, from]));
    this.#needles =
      scope.accounts.length > 20 ? [] : scope.accounts.map(({ account }) => `"recipientAccountId":"${account}"`);
  }

  /** The earliest time of which a record may be wanted. */
  get earliest(): number {
    return Math.max(this.#scope.oldest, Math.min(...this.#scope.epochs.map(({ from }) => second(from)), Infinity));
  }

  /** False: the record is of nobody whose records are wanted, whatever else it says. */
  mayHold(line: string): boolean {
    return this.#needles.length === 0 || this.#needles.some((needle) => line.includes(needle));
  }

  /**
   * Event times are whole seconds: within the first and the last second of an epoch the records of the calls that
   * began and ended it decide.
   */
  holds(record: StoredRecord): boolean {
    const at = Date.parse(record.eventTime);
    const { epochs, oldest } = this.#scope;
    const from = this.#from.get(record.recipientAccountId);
    const own = from !== undefined && at >= second(from) && at >= oldest;
    const inside = epochs.filter((epoch) => this.#inEpoch(epoch, record, at));
    return inside.some((epoch) => own && this.#takes(epoch, record));
  }

  #takes(epoch: Epoch, record: StoredRecord): boolean {
    if (!epoch.multiRegion && record.awsRegion !== this.#scope.region) return false;
    if (epoch.organizationId === undefined && record.recipientAccountId !== this.#scope.owner) return false;
    return takenByAdvanced(record, epoch.selectors);
  }

  #inEpoch(epoch: Epoch, { requestID }: StoredRecord, at: number): boolean {
    if (at > second(epoch.from) || requestID === epoch.start) this.#begun.add(epoch);
    const inside = this.#begun.has(epoch) && !this.#over.has(epoch) && at >= second(epoch.from);
    if (epoch.until === undefined) return inside;
    if (at > second(epoch.until)) return false;
    if (requestID !== undefined && requestID === epoch.stop) this.#over.add(epoch);
    return inside;
  }
}
