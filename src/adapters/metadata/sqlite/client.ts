import { RegistryError } from "../../../domain/errors.ts"
import type { CompiledStatements } from "../statements.ts"
import { restoreError } from "./errors.ts"
import type { MessageFromWorker, MessageToWorker, Reply, Request } from "./messages.ts"

export interface BatchDone {
  replies: Reply[]
  /** Pages of the log that are not in the database yet. */
  logPages: number
}

/** A thread that owns the writing connection of a database. One call at a time. */
export interface WriterThread {
  /** Opens the database and brings it up to date. Gives the queries as compiled there, for connections of other threads. */
  open(path: string, at: number): Promise<CompiledStatements>
  /** Rejects when the thread dies: then nobody knows which of the batch was stored. */
  run(batch: Request[]): Promise<BatchDone>
  /** Closes the database and ends the thread. */
  close(): Promise<void>
}

export function startWriterThread(): WriterThread {
  return createWriterThread(new Worker(new URL("./worker.ts", import.meta.url)))
}

export function createWriterThread(worker: Worker): WriterThread {
  let asked: PromiseWithResolvers<MessageFromWorker> | undefined
  let death: Error | undefined

  worker.addEventListener("message", ({ data }: MessageEvent<MessageFromWorker>) => asked?.resolve(data))
  worker.addEventListener("error", ({ message }) => die(message))
  worker.addEventListener("close", () => die("it was ended"))

  function die(reason: string): void {
    const cause = new Error(`the database thread has ended: ${reason}`)
    death ??= new RegistryError("STORAGE_FAILED", "metadata cannot be written until a restart", { cause })
    asked?.reject(death)
  }

  async function ask(message: MessageToWorker): Promise<MessageFromWorker> {
    if (death !== undefined) throw death
    asked = Promise.withResolvers()
    worker.postMessage(message)
    const reply = await asked.promise
    if (reply.kind === "failed") throw restoreError(reply.error)
    return reply
  }

  return {
    async open(path, at) {
      const reply = await ask({ kind: "open", path, at })
      return reply.kind === "opened" ? reply.compiled : unexpected(reply)
    },
    async run(batch) {
      const reply = await ask({ kind: "run", batch })
      return reply.kind === "ran" ? reply : unexpected(reply)
    },
    async close() {
      try {
        if (death === undefined) await ask({ kind: "close" })
      } finally {
        worker.terminate()
      }
    },
  }
}

function unexpected({ kind }: MessageFromWorker): never {
  throw new Error(`the database thread answered "${kind}" out of turn`)
}
