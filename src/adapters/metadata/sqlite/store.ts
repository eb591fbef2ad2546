import type { Database } from "bun:sqlite"
import type { Clock } from "../../../ports/clock.ts"
import type { Logger } from "../../../ports/logger.ts"
import type { WriteCounts } from "../../../ports/metadata/metadata.ts"
import type { SnapshotSource } from "../backup.ts"
import type { Inspection } from "../../../ports/metadata/fsck.ts"
import type { Write } from "../operation.ts"
import type { Connection } from "../prepared.ts"
import { createCheckpoints, NO_CHECKPOINTS } from "./checkpoint/client.ts"
import type { WriterThread } from "./client.ts"
import { createConnection } from "./connection.ts"
import { openForReading, openForWriting } from "./open.ts"
import { createWriteQueue } from "./queue.ts"
import { createReader } from "./reader.ts"
import { takeSnapshot } from "./snapshot/client.ts"
import { writeSnapshot } from "./snapshot/snapshot.ts"
import { inspectFile } from "./inspection/client.ts"
import { inspectDatabase } from "./inspection/rules.ts"
import { createWriter } from "./writer.ts"

/** A log of so many pages is written back. */
const LONG_LOG_PAGES = 4_000

export interface Store {
  read: Connection
  write: Write
  countWrites: () => WriteCounts
  snapshots: SnapshotSource
  inspect: (signal: AbortSignal) => Promise<Inspection>
  close(): Promise<void>
}

interface FileParts {
  thread: WriterThread
  /** Absent: nobody is told why the log is not written back. */
  log?: Logger | undefined
}

/** A thread writes; the calling one reads, each query what was last committed. */
export async function openFile(path: string, clock: Clock, { thread, log }: FileParts): Promise<Store> {
  const { compiled, database } = await open(thread, path, clock.now())
  const checkpoints = createCheckpoints(path, { log })
  const queue = createWriteQueue(clock, async (batch) => {
    const { replies, logPages } = await thread.run(batch)
    if (logPages >= LONG_LOG_PAGES) checkpoints.begin()
    return replies
  })
  return {
    read: createReader(createConnection(database, compiled)),
    write: queue.write,
    countWrites: () => ({ ...queue.countWrites(), ...checkpoints.count() }),
    inspect: (signal) => inspectFile(path, signal),
    snapshots: {
      path,
      take: (order, signal) => takeSnapshot(path, { ...order, at: clock.now() }, signal),
      sizeBytes: () => countBytes(database),
    },
    async close() {
      await queue.close()
      await checkpoints.close()
      // The last to close writes the log back into the database, and only a writer can.
      database.close(true)
      await thread.close()
    },
  }
}

async function open(thread: WriterThread, path: string, at: number) {
  try {
    const compiled = await thread.open(path, at)
    return { compiled, database: openForReading(path) }
  } catch (error) {
    await thread.close()
    throw error
  }
}

/** Everything in the calling thread, on one connection: reads wait while a batch of writes is under way. */
export async function openMemory(clock: Clock): Promise<Store> {
  // Kysely is loaded here only when this thread has to compile.
  const { compileForSqlite } = await import("./compile.ts")
  const compiled = compileForSqlite()
  const database = openForWriting(":memory:", clock.now())
  const writer = createWriter(() => database, compiled)
  let running: Promise<unknown> | undefined
  const queue = createWriteQueue(clock, async (batch) => {
    const batchDone = writer.run(batch)
    running = batchDone
    const replies = await batchDone
    running = undefined
    return replies
  })
  return {
    read: createReader(createConnection(database, compiled), () => running),
    write: queue.write,
    countWrites: () => ({ ...queue.countWrites(), ...NO_CHECKPOINTS }),
    inspect: async (signal) => {
      for (let batch = running; batch !== undefined; batch = running) await batch
      signal.throwIfAborted()
      return inspectDatabase(database)
    },
    snapshots: {
      path: ":memory:",
      take: async (order, signal) => {
        for (let batch = running; batch !== undefined; batch = running) await batch
        signal.throwIfAborted()
        return writeSnapshot(database, { ...order, at: clock.now() })
      },
      sizeBytes: () => countBytes(database),
    },
    async close() {
      await queue.close()
      database.close(true)
    },
  }
}

function countBytes(database: Database): number {
  const sql = "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()"
  return database.query<{ bytes: number }, []>(sql).get()?.bytes ?? 0
}
