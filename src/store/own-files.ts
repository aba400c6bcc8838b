import { statSync } from "node:fs";
import { basename } from "node:path";

/**
 * The database's files as they were opened. A file that is removed or replaced under a running program stays open, and
 * takes what is written with it into nothing.
 */
export class OwnFiles {
  readonly #paths: readonly string[];
  readonly #known = new Map<string, string>();
  /** To be made when the database is open. */
  constructor(path: string) {
    this.#paths = [path, `${path}-wal`];
  }

  /** Throws Error, naming the file, when one is not the one that was opened. Seen first, a file is the one. */
  check(): void {
    for (const path of this.#paths) {
      const found = statSync(path, { throwIfNoEntry: false });
      const known = this.#known.get(path);
      if (found && known === undefined) this.#known.set(path, `${found.dev}/${found.ino}`);
      else if (known !== undefined && (!found || known !== `${found.dev}/${found.ino}`))
        throw new Error(
          `${basename(path)} was ${found ? "replaced" : "removed"} while the service was running; put back what was there, or restore the folder and start again`,
        );
    }
  }
}
