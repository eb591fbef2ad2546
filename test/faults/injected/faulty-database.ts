import type { Database, SQLQueryBindings, Statement } from "bun:sqlite"
import { compileForSqlite } from "../../../src/adapters/metadata/sqlite/compile.ts"
import type { WriterThread } from "../../../src/adapters/metadata/sqlite/client.ts"
import { openForWriting } from "../../../src/adapters/metadata/sqlite/open.ts"
import { createWriter, type Writer } from "../../../src/adapters/metadata/sqlite/writer.ts"
import { systemError, type Fault, type Faults } from "./faults.ts"

/** `torn`: SQLite has undone the whole transaction by itself, as it may on a full disk. */
const STATEMENT: readonly Fault[] = ["EIO", "ENOSPC", "lost reply", "torn"]
const COMMIT: readonly Fault[] = ["EIO", "ENOSPC", "lost reply", "torn"]
const UNDO: readonly Fault[] = ["EIO"]

const CODES: Partial<Record<Fault, string>> = {
  EIO: "SQLITE_IOERR_WRITE",
  ENOSPC: "SQLITE_FULL",
  "lost reply": "SQLITE_IOERR_FSYNC",
  torn: "SQLITE_FULL",
}

/** The real database with faults at each statement of each transaction, the commit's lost reply among them. */
export function createFaultyDatabase(database: Database, faults: Faults): Database {
  function inject<Result>(call: string, possible: readonly Fault[], run: () => Result): Result {
    const fault = faults.draw(`sqlite.${call}`, possible)
    if (fault === undefined) return run()
    if (fault === "lost reply") run()
    if (fault === "torn" && database.inTransaction) database.run("ROLLBACK")
    throw systemError(CODES[fault] ?? "SQLITE_IOERR", call)
  }

  function wrap(statement: Statement<unknown, SQLQueryBindings[]>, call: string) {
    return {
      get: (...values: SQLQueryBindings[]) => inject(call, STATEMENT, () => statement.get(...values)),
      all: (...values: SQLQueryBindings[]) => inject(call, STATEMENT, () => statement.all(...values)),
      run: (...values: SQLQueryBindings[]) => inject(call, STATEMENT, () => statement.run(...values)),
    }
  }

  return new Proxy(database, {
    get: (target, key) => {
      if (key === "run") {
        return (sql: string) => inject(nameOf(sql), sql.startsWith("ROLLBACK") ? UNDO : COMMIT, () => target.run(sql))
      }
      if (key === "prepare") return (sql: string) => wrap(target.prepare(sql), nameOf(sql))
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === "function" ? value.bind(target) : value
    },
  })
}

/** The writing connection in the calling thread, so that its statements can be made to fail one by one. */
export function createInlineWriter(change: (database: Database) => Database): WriterThread {
  let writer: Writer | undefined
  return {
    open: async (path, at) => {
      const compiled = compileForSqlite()
      writer = createWriter(() => change(openForWriting(path, at)), compiled)
      return compiled
    },
    run: async (batch) => {
      if (writer === undefined) throw new Error("the database is not open")
      return { replies: await writer.run(batch), logPages: writer.countLogPages() }
    },
    close: async () => writer?.close(),
  }
}

/** `insert into "link"`: enough to tell one from the other. */
function nameOf(sql: string): string {
  return sql.split(/\s+/).slice(0, 3).join(" ")
}
