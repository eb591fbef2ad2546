import { describe, expect, test } from "bun:test"
import { createManualClock } from "../../../ports/metadata/fixture.contract.ts"
import { operation } from "../operation.ts"
import type { Reply, Request } from "./messages.ts"
import { createWriteQueue } from "./queue.ts"

const echo = operation("echo", (_connection, input: number) => Promise.resolve(input))

/** Answers the batches one by one, when the test says so. */
function createRunner() {
  const batches: { inputs: unknown[]; answer(reply?: (input: unknown) => Reply): void; fail(error: Error): void }[] = []
  const run = (batch: Request[]): Promise<Reply[]> => {
    const { promise, resolve, reject } = Promise.withResolvers<Reply[]>()
    const inputs = batch.map(({ input }) => input)
    batches.push({
      inputs,
      answer: (reply = (result) => ({ isDone: true, result })) => resolve(inputs.map(reply)),
      fail: reject,
    })
    return promise
  }
  return { batches, queue: createWriteQueue(createManualClock(), run) }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 1))

describe("write queue", () => {
  test("hands over at once what was asked for in one turn, and together what came meanwhile", async () => {
    const { batches, queue } = createRunner()
    const first = [queue.write(echo, 1), queue.write(echo, 2)]
    await settle()
    const rest = [3, 4, 5].map((n) => queue.write(echo, n))
    await settle()
    expect(batches.map(({ inputs }) => inputs)).toEqual([[1, 2]])
    batches[0]?.answer()
    expect(await Promise.all(first)).toEqual([1, 2])
    await settle()
    batches[1]?.answer()
    expect(await Promise.all(rest)).toEqual([3, 4, 5])
    expect(batches.map(({ inputs }) => inputs)).toEqual([
      [1, 2],
      [3, 4, 5],
    ])
    expect(queue.countWrites()).toEqual({ waiting: 0, total: 5, commits: 2, commitSeconds: 0 })
  })

  test("answers each write of a batch for itself", async () => {
    const { batches, queue } = createRunner()
    const writes = Promise.allSettled([queue.write(echo, 1), queue.write(echo, 2), queue.write(echo, 3)])
    await settle()
    batches[0]?.answer((input) =>
      input === 2
        ? { isDone: false, error: { message: "database or disk is full", code: "SQLITE_FULL" } }
        : { isDone: true, result: input },
    )
    const [one, two, three] = await writes
    expect([one, three]).toEqual([1, 3].map((value) => ({ status: "fulfilled", value })))
    expect(two).toMatchObject({ status: "rejected", reason: { name: "RegistryError", code: "STORAGE_FULL" } })
  })

  test("gives errors of SQLite in the registry's words, and others with their code", async () => {
    const { batches, queue } = createRunner()
    const codes = ["SQLITE_IOERR_FSYNC", "SQLITE_CORRUPT", "SQLITE_CONSTRAINT_PRIMARYKEY", undefined]
    const writes = codes.map((_, n) => queue.write(echo, n).catch((error: unknown) => error))
    await settle()
    let n = 0
    batches[0]?.answer(() => {
      const code = codes[n++]
      return { isDone: false, error: { message: "sorry", ...(code !== undefined && { code }) } }
    })
    const errors = await Promise.all(writes)
    expect(errors.slice(0, 3)).toMatchObject([
      { code: "STORAGE_FAILED", cause: { code: "SQLITE_IOERR_FSYNC" } },
      { code: "STORAGE_FAILED", cause: { code: "SQLITE_CORRUPT" } },
      { code: "SQLITE_CONSTRAINT_PRIMARYKEY", message: "sorry" },
    ])
    expect(errors[3]).toEqual(new Error("sorry"))
  })

  test("goes on after a batch that was never answered", async () => {
    const { batches, queue } = createRunner()
    const lost = queue.write(echo, 1).catch((error: unknown) => error)
    await settle()
    batches[0]?.fail(new Error("the thread has ended"))
    expect(await lost).toEqual(new Error("the thread has ended"))
    const next = queue.write(echo, 2)
    await settle()
    batches[1]?.answer()
    expect(await next).toBe(2)
  })

  test("refuses a write when too many wait", async () => {
    const { queue } = createRunner()
    const writes = Array.from({ length: 4097 }, (_, n) => queue.write(echo, n))
    const last = await writes.at(-1)?.catch((error: unknown) => error)
    expect(last).toMatchObject({ code: "OVERLOADED" })
  })

  test("close() waits for what was asked for, and refuses what comes after", async () => {
    const { batches, queue } = createRunner()
    const write = queue.write(echo, 1)
    const closed = queue.close()
    const refused = await queue.write(echo, 2).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Error)
    await settle()
    batches[0]?.answer()
    await closed
    expect(await write).toBe(1)
    expect(batches).toHaveLength(1)
  })
})
