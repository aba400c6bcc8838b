import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OperatorError } from "../errors.ts";

/**
 * One server per data folder: an exclusive transaction held open on a database of its own, which the system releases
 * however the process ends. Throws OperatorError naming the process that holds it.
 */
export function lockFolder(folder: string): Disposable {
  const holder = join(folder, "lock.pid");
  const database = new DatabaseSync(join(folder, "lock.db"));
  try {
    database.exec(
      "PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS lock (id INTEGER);",
    );
  } catch {
    database.close();
    throw new OperatorError(
      `Cannot open the store at "${folder}": it is locked by process ${processIn(holder)}`,
      "stop that server, or choose another folder with --data",
    );
  }
  writeFileSync(holder, `${process.pid}\n`, { mode: 0o600 });
  return { [Symbol.dispose]: () => database.close() };
}

function processIn(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "unknown";
  }
}
