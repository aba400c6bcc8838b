import { DatabaseSync } from "node:sqlite";

/** Raised with every change of the tables below; any other than this program knows is refused at start. */
export const schemaVersion = 2;

/**
 * `row`: everything but the trail. `trail`: the open end of the audit trail, one row per committed batch; `checkpoint`:
 * its signed heads (audit/chain.ts draws both). `segment` and what belongs to it: the closed part (audit/segment.ts).
 * `pruning`: where the trail begins once its oldest segments were let go, signed in its own words. `state`: the
 * running digest of all rows' MACs, and the MAC of where the trail and that digest stand (`headMac`; a batch brings its
 * own), empty before the first commit.
 */
const tables = `
  CREATE TABLE row (
    kind TEXT NOT NULL, id TEXT NOT NULL, scope TEXT NOT NULL, parent TEXT NOT NULL, due INTEGER,
    version INTEGER NOT NULL, content TEXT NOT NULL, secret BLOB, mac BLOB NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX row_scope ON row (kind, scope, id);
  CREATE INDEX row_parent ON row (kind, parent, id) WHERE parent <> '';
  CREATE INDEX row_due ON row (due) WHERE due IS NOT NULL;
  CREATE TABLE trail (
    batch INTEGER PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT NULL,
    records TEXT NOT NULL, hash BLOB NOT NULL, mac BLOB NOT NULL
  ) STRICT;
  CREATE INDEX trail_first ON trail (first);
  CREATE TABLE checkpoint (
    batch INTEGER PRIMARY KEY, records INTEGER NOT NULL, at INTEGER NOT NULL, hash BLOB NOT NULL,
    state BLOB NOT NULL, signature BLOB NOT NULL
  ) STRICT;
  CREATE TABLE segment (
    segment INTEGER PRIMARY KEY, firstBatch INTEGER NOT NULL, batches INTEGER NOT NULL, first INTEGER NOT NULL,
    records INTEGER NOT NULL, "from" TEXT NOT NULL, until TEXT NOT NULL, previous BLOB NOT NULL, hash BLOB NOT NULL,
    heads BLOB NOT NULL
  ) STRICT;
  CREATE TABLE block (segment INTEGER NOT NULL, block INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE (segment, block)) STRICT;
  CREATE TABLE posting (
    term BLOB NOT NULL, segment INTEGER NOT NULL, records BLOB NOT NULL, PRIMARY KEY (term, segment)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE bucket (
    bucket INTEGER NOT NULL, segment INTEGER NOT NULL, events BLOB NOT NULL, UNIQUE (bucket, segment)
  ) STRICT;
  CREATE TABLE pruning (
    id INTEGER PRIMARY KEY CHECK (id = 1), batch INTEGER NOT NULL, records INTEGER NOT NULL, at INTEGER NOT NULL,
    hash BLOB NOT NULL, state BLOB NOT NULL, signature BLOB NOT NULL
  ) STRICT;
  CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), digest BLOB NOT NULL, mac BLOB NOT NULL) STRICT;
  INSERT INTO state VALUES (1, zeroblob(32), zeroblob(0));
  CREATE TRIGGER trail_ends AFTER INSERT ON trail BEGIN UPDATE state SET mac = NEW.mac WHERE id = 1; END;
`;

export function prepareConnection(database: DatabaseSync): void {
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA busy_timeout = 5000;",
  );
}

/** Tables, indexes, triggers and views of a database, as text. */
export const shapeOf = (database: DatabaseSync): string =>
  JSON.stringify(
    database.prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name").all(),
  );

/** What `shapeOf` has to be. A trigger more could keep what was destroyed. */
export function ownShape(): string {
  using made = new DatabaseSync(":memory:");
  made.exec(tables);
  return shapeOf(made);
}

/** Makes the tables in an empty database; throws Error, the cause alone, for one that is not as this Claviger makes them. */
export function openSchema(database: DatabaseSync): void {
  prepareConnection(database);
  const found = Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
  if (found === 0) database.exec(`BEGIN IMMEDIATE; ${tables} PRAGMA user_version = ${schemaVersion}; COMMIT;`);
  else if (found !== schemaVersion)
    throw new Error(`its schema has version ${found}, and this program knows version ${schemaVersion}`);
  else if (shapeOf(database) !== ownShape()) throw new Error("something in its tables was changed outside Claviger");
}
