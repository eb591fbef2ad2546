import type { Ddl } from "../migrations/ddl.ts"

export const sqliteDdl: Ddl = {
  text: "TEXT COLLATE BINARY",
  integer: "INTEGER",
  bytes: "BLOB",
  identity: "INTEGER PRIMARY KEY AUTOINCREMENT",
  clustered: "STRICT, WITHOUT ROWID",
  heap: "STRICT",
  // The first makes the table, the last has it read: connections that are opened later read it by themselves.
  describeRows: (table, indexes) => [
    "ANALYZE sqlite_schema",
    ...Object.entries(indexes).map(
      ([name, rows]) => `INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('${table}', '${name}', '${rows.join(" ")}')`,
    ),
    "ANALYZE sqlite_schema",
  ],
}
