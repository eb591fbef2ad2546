import { constants, Database } from "bun:sqlite"
import { explainOpening } from "./errors.ts"
import { migrate } from "./migrate.ts"
import { refuseHalfRestored } from "./placement.ts"

const BUSY_TIMEOUT_MS = 5_000
/** Of each connection. SQLite's 2 MB make a look-up among 100,000 manifests a third slower. */
const CACHE_KIB = 8_192
/**
 * Pages of 4 KiB. A checkpoint syncs the database file, so a burst of writes is to have few of them. A thread of its own
 * makes them (`checkpoint/client.ts`); under writes without a pause the log gets longer all the same, because it begins anew
 * only when all of it is in the database. At this length the writer sees to that.
 */
const CHECKPOINT_PAGES = 16_000
const WAL_LIMIT_BYTES = 64 * 1024 * 1024
const FULL = 2

/** Opens the database for writing, makes it when it is not there, and brings its schema up to date. */
export function openForWriting(path: string, at: number): Database {
  if (path !== ":memory:") refuseHalfRestored(path)
  return open(path, constants.SQLITE_OPEN_READWRITE | constants.SQLITE_OPEN_CREATE, (database) => {
    if (path !== ":memory:") makeDurable(database, path)
    migrate(database, at)
    refuseReadOnly(database)
  })
}

/** Opens a database that `openForWriting` has prepared. Every query sees what is committed when it starts. */
export function openForReading(path: string): Database {
  return open(path, constants.SQLITE_OPEN_READONLY, readFirstPage)
}

/** Another connection that writes: never rows, only what the log holds. */
export function openForCheckpoints(path: string): Database {
  return open(path, constants.SQLITE_OPEN_READWRITE, (database) => {
    database.run("PRAGMA synchronous = FULL")
    readFirstPage(database)
  })
}

/** Pages in the log of the database that are not in the database yet. */
export function countLogPages(database: Database): number {
  const sql = "PRAGMA wal_checkpoint(NOOP)"
  const { log = 0, checkpointed = 0 } = database.query<{ log: number; checkpointed: number }, []>(sql).get() ?? {}
  return log - checkpointed
}

function open(path: string, flags: number, prepare: (database: Database) => void): Database {
  let database: Database | undefined
  try {
    database = new Database(path, flags)
    database.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    database.run(`PRAGMA cache_size = -${CACHE_KIB}`)
    // What undoes a savepoint would otherwise be a file, made and removed in every other transaction.
    database.run("PRAGMA temp_store = MEMORY")
    prepare(database)
    return database
  } catch (error) {
    database?.close(true)
    throw explainOpening(error, path)
  }
}

// SQLite opens a file at its first use: what is wrong with it is to be said now.
function readFirstPage(database: Database): void {
  readPragma(database, "schema_version")
}

// A file that may only be read is opened all the same: the first push is not to be what tells. No row is as old as that.
function refuseReadOnly(database: Database): void {
  database.run("DELETE FROM schema_version WHERE version < 0")
}

function makeDurable(database: Database, path: string): void {
  database.run("PRAGMA journal_mode = WAL")
  database.run("PRAGMA synchronous = FULL")
  database.run(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
  database.run(`PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`)
  if (readPragma(database, "journal_mode") !== "wal" || readPragma(database, "synchronous") !== FULL) {
    throw new Error(`the database ${path} cannot be made durable: its file system does not support write-ahead logging`)
  }
}

function readPragma(database: Database, name: string): unknown {
  return Object.values(database.query<Record<string, unknown>, []>(`PRAGMA ${name}`).get() ?? {})[0]
}
