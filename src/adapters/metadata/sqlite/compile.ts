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
      createQueryCompiler: () => new PlainQueryCompiler(),
    },
  })
  return compileStatements({ db, sql })
}

class PlainQueryCompiler extends SqliteQueryCompiler {
  // SQLite compiles a query with `column = ?` beside a join or an order anew each time that values are bound (10 µs more
  // than the look-up itself), in case a plan for these values is better. The sign, which changes no value, prevents it.
  protected override getCurrentParameterPlaceholder(): string {
    return "+?"
  }
}
