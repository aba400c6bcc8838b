import type { DatabaseSync, StatementSync } from "node:sqlite";

export type RowStatements = Readonly<
  Record<"get" | "byScope" | "byParent" | "countScope" | "countParent" | "due", StatementSync>
>;

/** Everything that is asked of the table of rows by those who read. */
export const rowStatements = (database: DatabaseSync): RowStatements => ({
  get: database.prepare("SELECT * FROM row WHERE kind = ? AND id = ?"),
  byScope: database.prepare("SELECT * FROM row WHERE kind = ? AND scope = ? AND id > ? ORDER BY id LIMIT ?"),
  byParent: database.prepare(
    "SELECT * FROM row WHERE kind = ? AND parent = ? AND parent <> '' AND id > ? ORDER BY id LIMIT ?",
  ),
  countScope: database.prepare("SELECT count(*) AS rows FROM row WHERE kind = ? AND scope = ?"),
  countParent: database.prepare("SELECT count(*) AS rows FROM row WHERE kind = ? AND parent = ? AND parent <> ''"),
  due: database.prepare("SELECT * FROM row WHERE due <= ? ORDER BY due LIMIT ?"),
});
