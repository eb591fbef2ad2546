import type { Database } from "bun:sqlite"
import type { Migration } from "../migrations/ddl.ts"
import { migrations } from "../migrations/migrations.ts"
import { sqliteDdl } from "./ddl.ts"
import { fp } from "../../../failpoint.ts"

const CREATE_VERSIONS =
  "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)"

/**
 * Brings the schema up to date, each version in a transaction of its own: what is killed half-way is done again at the
 * next start. Throws when the database is of a newer version than this program knows.
 */
export function migrate(database: Database, at: number, steps: readonly Migration[] = migrations): void {
  database.run(CREATE_VERSIONS)
  const current = readVersion(database)
  if (current > steps.length) {
    throw new Error(
      `the database ${database.filename} has schema version ${current} and this program knows versions up to ${steps.length}: start a newer program`,
    )
  }
  for (const [index, step] of steps.entries()) {
    if (index >= current) apply(database, { step, version: index + 1, at })
  }
}

function apply(database: Database, { step, version, at }: { step: Migration; version: number; at: number }): void {
  database
    .transaction(() => {
      for (const statement of step(sqliteDdl)) {
        database.run(statement)
        fp("migration.statement")
      }
      database.run("INSERT INTO schema_version (version, applied_at) VALUES (?, ?)", [version, at])
      fp("migration.applied")
    })
    .immediate()
  fp("migration.committed")
}

function readVersion(database: Database): number {
  const row = database.query<{ version: number | null }, []>("SELECT max(version) AS version FROM schema_version").get()
  return row?.version ?? 0
}
