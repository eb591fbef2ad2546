import type { Logger } from "../../../../ports/logger.ts"
import type { CheckpointMessage, CheckpointReply } from "./worker.ts"

export interface Checkpoints {
  /** Begins to write the log back into the database, unless that is under way. */
  begin(): void
  /** Since the start. One that failed loses nothing: all of it is still in the log, and the next one tries again. */
  count(): CheckpointCounts
  /** Resolves when the thread has let go of the database. None begins after that. */
  close(): Promise<void>
}

export interface CheckpointCounts {
  checkpoints: number
  failedCheckpoints: number
}

/** Of a database without a log. */
export const NO_CHECKPOINTS: CheckpointCounts = { checkpoints: 0, failedCheckpoints: 0 }

interface CheckpointOptions {
  /** Is told of the first failure of a row of them. */
  log?: Pick<Logger, "warn"> | undefined
  startThread?: () => Worker
}

/** A thread writes the log of the database at `path` back into it; it is started when there is something to do. */
export function createCheckpoints(path: string, options: CheckpointOptions = {}): Checkpoints {
  const { log, startThread = () => new Worker(new URL("./worker.ts", import.meta.url)) } = options
  let worker: Worker | undefined
  let asked: PromiseWithResolvers<CheckpointReply> | undefined
  let underWay: Promise<void> | undefined
  let isClosed = false
  let isFailing = false
  const counts = { ...NO_CHECKPOINTS }

  function start(): Worker {
    const fresh = startThread()
    // What comes late of a thread that has died is not about the next one.
    const answer = (reply: CheckpointReply) => {
      if (worker === fresh) asked?.resolve(reply)
    }
    const die = (reason: string) => {
      answer({ kind: "failed", error: { message: `its thread has ended: ${reason}` } })
      if (worker === fresh) worker = undefined
    }
    fresh.addEventListener("message", ({ data }: MessageEvent<CheckpointReply>) => answer(data))
    fresh.addEventListener("error", ({ message }) => die(message))
    fresh.addEventListener("close", () => die("it was ended"))
    return fresh
  }

  async function ask(message: CheckpointMessage): Promise<CheckpointReply> {
    asked = Promise.withResolvers()
    worker ??= start()
    worker.postMessage(message)
    return asked.promise
  }

  async function write(): Promise<void> {
    const reply = await ask({ kind: "checkpoint", path })
    if (reply.kind === "failed") {
      counts.failedCheckpoints++
      if (!isFailing) log?.warn(FAILING, { database: path, reason: reply.error.message })
    } else counts.checkpoints++
    isFailing = reply.kind === "failed"
    underWay = undefined
  }

  return {
    begin: () => {
      if (!isClosed) underWay ??= write()
    },
    count: () => ({ ...counts }),
    async close() {
      isClosed = true
      await underWay
      if (worker !== undefined) await ask({ kind: "close" })
      worker?.terminate()
    },
  }
}

const FAILING =
  "the log of the database cannot be written back into it: nothing is lost, but the log grows until it can; look at the disk that the database is on"
