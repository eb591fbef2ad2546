import type { Database } from "bun:sqlite"
import { getOperation } from "../operations.ts"
import type { Connection } from "../prepared.ts"
import type { CompiledStatements } from "../statements.ts"
import { createConnection } from "./connection.ts"
import { reportError, spoilsConnection } from "./errors.ts"
import type { Reply, Request } from "./messages.ts"
import { countLogPages } from "./open.ts"
import { fp } from "../../../failpoint.ts"

export interface Writer {
  /**
   * Runs the operations in order and commits them together; the replies, in the same order, are given after the commit.
   * An operation that throws is undone alone. Must not be called again before it has resolved.
   */
  run(batch: Request[]): Promise<Reply[]>
  /** Of 4 KiB each, that are committed and only in the log; 0 where that cannot be read. Never throws: a batch is stored by then. */
  countLogPages(): number
  close(): void
}

interface Session {
  database: Database
  connection: Connection
}

/** `open` is called now, and again after an error that leaves the connection in doubt. */
export function createWriter(open: () => Database, compiled: CompiledStatements): Writer {
  let session: Session | undefined = openSession()

  function openSession(): Session {
    const database = open()
    return { database, connection: createConnection(database, compiled) }
  }

  function close(): void {
    const closing = session
    session = undefined
    closing?.database.close(true)
  }

  return {
    async run(batch) {
      try {
        session ??= openSession()
        return await commitTogether(session, batch)
      } catch (error) {
        if (session?.database.inTransaction === true) ignoringErrors(() => session?.database.run("ROLLBACK"))
        if (spoilsConnection(error)) ignoringErrors(close)
        return batch.map(() => ({ isDone: false, error: reportError(error) }))
      }
    },
    countLogPages() {
      try {
        return session === undefined ? 0 : countLogPages(session.database)
      } catch (error) {
        if (spoilsConnection(error)) ignoringErrors(close)
        return 0
      }
    },
    close,
  }
}

/** Throws when nothing of the batch was stored. */
async function commitTogether({ database, connection }: Session, batch: Request[]): Promise<Reply[]> {
  const replies: Reply[] = []
  database.run("BEGIN IMMEDIATE")
  fp("row.begun")
  for (const request of batch) {
    database.run("SAVEPOINT operation")
    replies.push(await attempt({ database, connection }, request))
    database.run("RELEASE operation")
    fp("row.changed", request.operation)
  }
  database.run("COMMIT")
  for (const { operation } of batch) fp("row.committed", operation)
  return replies
}

async function attempt({ database, connection }: Session, request: Request): Promise<Reply> {
  try {
    const { operation, input, at } = request
    return { isDone: true, result: await getOperation(operation).run(connection, input, at) }
  } catch (error) {
    // On a full disk and on I/O errors SQLite may have undone the whole transaction, and with it the batch so far.
    if (!database.inTransaction || spoilsConnection(error)) throw error
    database.run("ROLLBACK TO operation")
    return { isDone: false, error: reportError(error) }
  }
}

// For cleaning up after an error: that error is the one to report.
function ignoringErrors(clean: () => void): void {
  try {
    clean()
  } catch {
    // SQLite undoes what was not committed when the database is opened next.
  }
}
