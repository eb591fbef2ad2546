import { DummyDriver, Kysely, sql, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely"
import type { Schema } from "../schema.ts"
import { compileStatements, type CompiledStatements } from "../statements.ts"

/** Loading this module loads Kysely: it is imported where statements are compiled and nowhere else. */
export function compileForSqlite(): CompiledStatements {
  const db = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
  return compileStatements({ db, sql })
}
