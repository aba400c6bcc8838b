import { OperatorError } from "../errors.ts";
import type { SeedTag } from "./seed.ts";

/** A value of the seed and where it stands: `accounts[0].users[1].name`. What does not fit is refused by that name. */
export class Place {
  readonly #value: unknown;
  readonly path: string;
  readonly #file: string;
  constructor(value: unknown, path: string, file: string) {
    this.#value = value;
    this.path = path;
    this.#file = file;
  }

  refuse(why: string): never {
    throw new OperatorError(`Cannot read the seed "${this.#file}": ${this.path || "it"} ${why}`);
  }

  get present(): boolean {
    return this.#value !== undefined;
  }

  /** An object with no members but these. */
  object(members: readonly string[]): void {
    const extra = Object.keys(this.#members()).find((name) => !members.includes(name));
    if (extra !== undefined) this.at(extra).refuse(`is not known; the members are ${members.join(", ")}`);
  }

  at(name: string): Place {
    const members = this.#members();
    const value = Object.hasOwn(members, name) ? members[name] : undefined;
    return new Place(value, this.path === "" ? name : `${this.path}.${name}`, this.#file);
  }

  /** Each member of an object of any names; none when it is not there. */
  members(): [name: string, value: Place][] {
    return this.#value === undefined ? [] : Object.keys(this.#members()).map((name) => [name, this.at(name)]);
  }

  list(): Place[] {
    if (this.#value === undefined) return [];
    if (!Array.isArray(this.#value)) return this.refuse("must be a list");
    return this.#value.map((value: unknown, index) => new Place(value, `${this.path}[${index}]`, this.#file));
  }

  text(pattern: RegExp = /^/, shape = "a text"): string {
    if (this.#value === undefined) return this.refuse("is missing");
    if (typeof this.#value !== "string" || !pattern.test(this.#value)) return this.refuse(`must be ${shape}`);
    return this.#value;
  }

  optionalText(): string | undefined {
    return this.#value === undefined ? undefined : this.text();
  }

  /** True when it is not there. */
  yes(): boolean {
    if (this.#value === undefined || this.#value === true) return true;
    return this.#value === false ? false : this.refuse("must be true or false");
  }

  /** A policy, as an object or as its text. */
  document(): string {
    if (typeof this.#value === "string") return this.#value;
    return JSON.stringify(this.#members());
  }

  /** `{ NAME: value }` */
  tags(): SeedTag[] {
    return this.members().map(([key, value]) => ({ key, value: value.text() }));
  }

  #members(): Record<string, unknown> {
    const value = this.#value;
    if (value === undefined) return this.refuse("is missing");
    if (typeof value !== "object" || value === null || Array.isArray(value)) return this.refuse("must be an object");
    return value as Record<string, unknown>;
  }
}
