import type { Ddl } from "../migrations/ddl.ts"

export const sqliteDdl: Ddl = {
  text: "TEXT COLLATE BINARY",
  integer: "INTEGER",
  bytes: "BLOB",
  identity: "INTEGER PRIMARY KEY AUTOINCREMENT",
  clustered: "STRICT, WITHOUT ROWID",
  heap: "STRICT",
}
