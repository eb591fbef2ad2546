// The part of the composition root that no configuration decides, so that it need not wait for one: reading the
// configuration and loading this thread's code keep one processor busy for as long as another needs to start these.
import { startWriterThread, type WriterThread } from "./adapters/metadata/sqlite/client.ts"

export interface Threads {
  /** Owns the writing connection of the database. */
  metadata: WriterThread
}

export function startThreads(): Threads {
  return { metadata: startWriterThread() }
}
