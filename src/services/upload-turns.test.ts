import { expect, test } from "bun:test"
import { createUploadTurns } from "./upload-turns.ts"

/** Work that ends when it is told to, and notes when it began. */
function createWork(began: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let signal: AbortSignal | undefined
  const run = (given: AbortSignal) => {
    signal = given
    began.push(name)
    return promise
  }
  return { run, end: () => resolve(name), fail: () => reject(new Error(name)), isAborted: () => signal?.aborted }
}

test("one request at a time works on an upload, in the order in which they came", async () => {
  const turns = createUploadTurns()
  const began: string[] = []
  const [first, second, third] = [createWork(began, "1"), createWork(began, "2"), createWork(began, "3")]
  const all = [first, second, third].map(({ run }) => turns.take("a", run))
  await Bun.sleep(1)
  expect(began).toEqual(["1"])
  third.end()
  second.end()
  await Bun.sleep(1)
  expect(began).toEqual(["1"])
  first.end()
  expect(await Promise.all(all)).toEqual(["1", "2", "3"])
  expect(began).toEqual(["1", "2", "3"])
})

test("a newer request aborts the one at work, and is not aborted itself", async () => {
  const turns = createUploadTurns()
  const [first, second] = [createWork([], "1"), createWork([], "2")]
  const running = turns.take("a", first.run)
  await Bun.sleep(1)
  expect(first.isAborted()).toBe(false)
  const next = turns.take("a", second.run)
  expect(first.isAborted()).toBe(true)
  first.end()
  await running
  await Bun.sleep(1)
  expect(second.isAborted()).toBe(false)
  second.end()
  await next
})

test("one that was passed over while it waited begins with its signal aborted", async () => {
  const turns = createUploadTurns()
  const [first, second, third] = [createWork([], "1"), createWork([], "2"), createWork([], "3")]
  const all = [first, second, third].map(({ run }) => turns.take("a", run))
  for (const work of [first, second, third]) work.end()
  await Promise.all(all)
  expect([first, second, third].map((work) => work.isAborted())).toEqual([true, true, false])
})

test("work that fails tells its caller alone, and gives its turn on", async () => {
  const turns = createUploadTurns()
  const [first, second] = [createWork([], "1"), createWork([], "2")]
  const failing = turns.take("a", first.run).catch(String)
  const next = turns.take("a", second.run)
  first.fail()
  second.end()
  expect([await failing, await next]).toEqual(["Error: 1", "2"])
})

test("uploads do not wait for one another", async () => {
  const turns = createUploadTurns()
  const [first, second] = [createWork([], "1"), createWork([], "2")]
  const running = turns.take("a", first.run)
  second.end()
  expect(await turns.take("b", second.run)).toBe("2")
  expect([turns.isTaken("a"), first.isAborted()]).toEqual([true, false])
  first.end()
  await running
})

test("an upload is taken until the last of its requests is done", async () => {
  const turns = createUploadTurns()
  expect(turns.isTaken("a")).toBe(false)
  const [first, second] = [createWork([], "1"), createWork([], "2")]
  const running = turns.take("a", first.run)
  const next = turns.take("a", second.run)
  expect(turns.isTaken("a")).toBe(true)
  first.end()
  await running
  await Bun.sleep(1)
  expect(turns.isTaken("a")).toBe(true)
  second.end()
  await next
  await Bun.sleep(1)
  expect(turns.isTaken("a")).toBe(false)
})
