import type { Clock } from "../../../ports/clock.ts"
import { RegistryError } from "../../../domain/errors.ts"
import type { WriteCounts } from "../../../ports/metadata/metadata.ts"
import type { Operation, Write } from "../operation.ts"
import type { CheckpointCounts } from "./checkpoint/client.ts"
import { restoreError, translateError } from "./errors.ts"
import type { Reply, Request } from "./messages.ts"

/** Above this, a write is refused: the disk is not keeping up. */
const MAX_WAITING = 4_096
/** Bounds how long the first of a batch waits for the last. */
const MAX_BATCH = 256

export interface WriteQueue {
  write: Write
  countWrites: () => Omit<WriteCounts, keyof CheckpointCounts>
  /** Resolves when nothing waits or runs any more. Writes that come later are refused. */
  close(): Promise<void>
}

interface Waiting {
  request: Request
  settle: PromiseWithResolvers<unknown>
}

/** Hands writes over in batches: all that came while the batch before was being committed share the next commit. */
export function createWriteQueue(clock: Clock, run: (batch: Request[]) => Promise<Reply[]>): WriteQueue {
  const waiting: Waiting[] = []
  let draining: Promise<void> | undefined
  let isClosed = false
  let total = 0
  let commits = 0
  let commitMs = 0

  async function drain(): Promise<void> {
    // Writes that are asked for in one turn of the event loop go together.
    await Promise.resolve()
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MAX_BATCH)
      const start = clock.now()
      await settleAll(batch, run)
      commits++
      // The system's clock may have been set back meanwhile.
      commitMs += Math.max(0, clock.now() - start)
    }
    draining = undefined
  }

  return {
    write<Input, Result>(operation: Operation<Input, Result>, input: Input): Promise<Result> {
      if (isClosed) return Promise.reject(new Error("the database is closed"))
      if (waiting.length >= MAX_WAITING) return Promise.reject(new RegistryError("OVERLOADED", "too many writes wait"))
      const settle = Promise.withResolvers<unknown>()
      total++
      waiting.push({ request: { operation: operation.name, input, at: clock.now() }, settle })
      draining ??= drain()
      return settle.promise as Promise<Result>
    },
    countWrites: () => ({ waiting: waiting.length, total, commits, commitSeconds: commitMs / 1000 }),
    async close() {
      isClosed = true
      await draining
    },
  }
}

async function settleAll(batch: Waiting[], run: (batch: Request[]) => Promise<Reply[]>): Promise<void> {
  try {
    const replies = await run(batch.map(({ request }) => request))
    for (const [index, { settle }] of batch.entries()) {
      const reply = replies[index]
      if (reply?.isDone === true) settle.resolve(reply.result)
      else settle.reject(translateError(restoreError(reply?.error ?? { message: "the write was not answered" })))
    }
  } catch (error) {
    for (const { settle } of batch) settle.reject(translateError(error))
  }
}
