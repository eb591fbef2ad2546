import { accessSync, constants, readFileSync, writeFileSync } from "node:fs"
import { Database } from "bun:sqlite"
import { explainLocking } from "./errors.ts"

/** Who holds a lock; for messages only. */
export interface LockHolder {
  pid: number
  host: string
}

export interface Lock {
  release(): void
}

/**
 * Holds an exclusive transaction open on the database at `path`, so the lock ends with the process, however that ends, and
 * counts for every host that shares the disk. Throws a sentence for the operator when it cannot be had; it names who
 * has it.
 */
export function acquireLock(path: string, holder: LockHolder): Lock {
  let database: Database | undefined
  try {
    database = new Database(path, { create: true, readwrite: true })
    // Of a file that is read-only SQLite gives an exclusive transaction that excludes nobody.
    accessSync(path, constants.W_OK)
    database.run("PRAGMA busy_timeout = 0")
    database.run("BEGIN EXCLUSIVE")
  } catch (error) {
    database?.close(true)
    if (!isBusy(error)) throw explainLocking(error, path)
    const advice = "stop that server, or give this one a directory of its own"
    throw new Error(`${path} is locked by ${describeHolder(path)}: ${advice}`, { cause: error })
  }
  noteHolder(path, holder)
  return {
    release() {
      database.run("ROLLBACK")
      database.close(true)
    },
  }
}

// Beside the database, because nobody else can read one that is locked.
function noteHolder(path: string, holder: LockHolder): void {
  try {
    writeFileSync(holderPath(path), JSON.stringify(holder))
  } catch {
    // The lock is held all the same; only the message that others get says less.
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "SQLITE_BUSY"
}

function describeHolder(path: string): string {
  try {
    const { pid, host } = JSON.parse(readFileSync(holderPath(path), "utf8")) as Partial<LockHolder>
    return `process ${pid} on host ${host}`
  } catch {
    return "another process"
  }
}

function holderPath(path: string): string {
  return path.replace(/\.db$/, "") + ".json"
}
