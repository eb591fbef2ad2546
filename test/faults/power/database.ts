import { Database } from "bun:sqlite"
import { compileForSqlite } from "../../../src/adapters/metadata/sqlite/compile.ts"
import { createConnection } from "../../../src/adapters/metadata/sqlite/connection.ts"
import { restoreError, translateError } from "../../../src/adapters/metadata/sqlite/errors.ts"
import { NO_CHECKPOINTS } from "../../../src/adapters/metadata/sqlite/checkpoint/client.ts"
import { openForWriting } from "../../../src/adapters/metadata/sqlite/open.ts"
import { createReader } from "../../../src/adapters/metadata/sqlite/reader.ts"
import type { Store } from "../../../src/adapters/metadata/sqlite/store.ts"
import { createWriter } from "../../../src/adapters/metadata/sqlite/writer.ts"
import type { TakeStep } from "./sim-files.ts"

/**
 * The real metadata, in memory. What SQLite has committed counts as durable: that is its own promise with
 * `synchronous = FULL` and a write-ahead log, and the test beside this one holds that our connections have both.
 */
export interface SimDatabase extends Disposable {
  /** Changes so far. */
  commits(): number
  /** Each write is a step of `take`. */
  open(take: TakeStep): Store
  /** The file that is on the disk. */
  serialize(): Uint8Array
}

const AGE_MS = 10_000

/** Before anything that a collector calls now: the same millisecond would be now or before by chance. */
export function databaseNow(): number {
  return Date.now() - AGE_MS
}

const compiled = compileForSqlite()
let template: Uint8Array | undefined

/** `file`: one that was serialized; without it the database is new. */
export function createDatabase(file?: Uint8Array): SimDatabase {
  template ??= makeTemplate()
  const database = Database.deserialize(file ?? template)
  const connection = createConnection(database, compiled)
  const writer = createWriter(() => database, compiled)
  let running: Promise<unknown> | undefined
  let commits = 0

  return {
    commits: () => commits,
    serialize: () => new Uint8Array(database.serialize()),
    open: (take) => ({
      read: createReader(connection, () => running),
      write: (operation, input) =>
        take(async () => {
          const at = databaseNow()
          const written = writer.run([{ operation: operation.name, input, at }])
          running = written
          const [reply] = await written
          running = undefined
          commits++
          if (reply?.isDone === true) return reply.result as never
          throw translateError(restoreError(reply?.error ?? { message: "the write was not answered" }))
        }),
      inspect: () => Promise.reject(new Error("no inspection here")),
      snapshots: {
        path: ":memory:",
        take: () => Promise.reject(new Error("no backup is taken of a simulated registry")),
        sizeBytes: () => 0,
      },
      countWrites: () => ({ waiting: 0, total: commits, commits, commitSeconds: 0, ...NO_CHECKPOINTS }),
      close: () => Promise.resolve(),
    }),
    [Symbol.dispose]: () => database.close(),
  }
}

function makeTemplate(): Uint8Array {
  const database = openForWriting(":memory:", Date.now())
  const file = new Uint8Array(database.serialize())
  database.close()
  return file
}
