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

/** A thread writes the log of the database at `path` back into it; it is started when there is something to do. */
export function createCheckpoints(path: string): Checkpoints {
  let worker: Worker | undefined
  let asked: PromiseWithResolvers<CheckpointReply | undefined> | undefined
  let underWay: Promise<void> | undefined
  let isClosed = false
  const counts = { ...NO_CHECKPOINTS }

  function start(): Worker {
    const fresh = new Worker(new URL("./worker.ts", import.meta.url))
    fresh.addEventListener("message", ({ data }: MessageEvent<CheckpointReply>) => asked?.resolve(data))
    fresh.addEventListener("error", die)
    fresh.addEventListener("close", die)
    return fresh
  }

  // The next one gets a thread of its own.
  function die(): void {
    worker = undefined
    asked?.resolve(undefined)
  }

  async function ask(message: CheckpointMessage): Promise<CheckpointReply | undefined> {
    asked = Promise.withResolvers()
    worker ??= start()
    worker.postMessage(message)
    return asked.promise
  }

  async function write(): Promise<void> {
    const reply = await ask({ kind: "checkpoint", path })
    if (reply?.kind === "done") counts.checkpoints++
    else counts.failedCheckpoints++
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
