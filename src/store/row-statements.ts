import type { DatabaseSync, StatementSync } from "node:sqlite";

export type RowStatements = Readonly<
  Record<"get" | "byScope" | "byParent" | "countScope" | "countParent" | "due", StatementSync>
>;

/**
 * Everything that is asked of the table of rows by those who read. The index is named because the planner, which knows
 * nothing of the rows, would otherwise go through every row of the kind.
 */
export const rowStatements = (database: DatabaseSync): RowStatements => ({
  get: database.prepare("SELECT * FROM row WHERE kind = ? AND id = ?"),
  byScope: database.prepare(
    "SELECT * FROM row INDEXED BY row_scope WHERE kind = ? AND scope = ? AND id > ? ORDER BY id LIMIT ?",
  ),
  byParent: database.prepare(
    "SELECT * FROM row INDEXED BY row_parent WHERE kind = ? AND parent = ? AND parent <> '' AND id > ? ORDER BY id LIMIT ?",
  ),
  countScope: database.prepare("SELECT count(*) AS rows FROM row INDEXED BY row_scope WHERE kind = ? AND scope = ?"),
  countParent: database.prepare(
    "SELECT count(*) AS rows FROM row INDEXED BY row_parent WHERE kind = ? AND parent = ? AND parent <> ''",
  ),
  due: database.prepare("SELECT * FROM row WHERE due <= ? ORDER BY due LIMIT ?"),
});
