import { expect, test } from "bun:test"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createManualClock } from "../ports/metadata/fixture.contract.ts"
import { createJobs, type Job, type JobContext, type Work } from "./jobs.ts"

function open() {
  const clock = createManualClock()
  let created = 0
  const jobs = createJobs({ clock, ids: { create: () => `job-${++created}` }, log: createMemoryLogger() })
  return { jobs, clock }
}

const never = new AbortController().signal

/** Work that the test leads step by step. */
function createWork(kind = "copy") {
  const end = Promise.withResolvers<unknown>()
  const begun = Promise.withResolvers<JobContext>()
  const work: Work = {
    kind,
    subject: "team/app",
    unit: "blobs",
    run: (context) => {
      begun.resolve(context)
      context.signal.addEventListener("abort", () => end.reject(context.signal.reason))
      return end.promise
    },
  }
  return { work, begun: begun.promise, finish: end.resolve, fail: end.reject }
}

test("a job shows what it does, how far it is, and what it gave", async () => {
  const { jobs, clock } = open()
  const { work, begun, finish } = createWork()
  const started = jobs.start(work, "operator")
  expect(started).toMatchObject({
    kind: "copy",
    subject: "team/app",
    unit: "blobs",
    actor: "operator",
    state: "running",
  })
  const { progress } = await begun
  progress({ done: 1, total: 2 })
  expect(jobs.get(started.id).progress).toEqual({ done: 1, total: 2 })
  clock.advance(5)
  finish({ copied: 2 })
  const seen = await Array.fromAsync(jobs.watch(started.id, never))
  expect(seen.at(-1)).toMatchObject({ state: "done", result: { copied: 2 }, endedAt: started.startedAt + 5 })
  expect(started.state).toBe("running")
})

test("a watcher is told of the progress, but not of every step", async () => {
  const { jobs, clock } = open()
  const { work, begun, finish } = createWork()
  const { id } = jobs.start(work, "operator")
  const { progress } = await begun
  const seen: Job[] = []
  const watching = (async () => {
    for await (const job of jobs.watch(id, never)) seen.push(job)
  })()
  for (let done = 1; done <= 1000; done++) {
    progress({ done })
    clock.advance(1)
    await Promise.resolve()
  }
  finish(undefined)
  await watching
  expect(seen.length).toBeGreaterThan(5)
  expect(seen.length).toBeLessThan(20)
  expect(seen.at(-1)).toMatchObject({ state: "done", progress: { done: 1000 } })
})

test("a watcher who leaves ends nothing but the watching", async () => {
  const { jobs } = open()
  const { work, begun } = createWork()
  const { id } = jobs.start(work, "operator")
  await begun
  const leaving = new AbortController()
  const watching = Array.fromAsync(jobs.watch(id, leaving.signal))
  leaving.abort()
  expect((await watching).length).toBeLessThanOrEqual(1)
  expect(jobs.get(id).state).toBe("running")
})

test("a cancelled job is cancelled when its work has stopped, and one that ended stays as it is", async () => {
  const { jobs } = open()
  const { work, begun } = createWork()
  const { id } = jobs.start(work, "operator")
  await begun
  jobs.cancel(id)
  expect((await Array.fromAsync(jobs.watch(id, never))).at(-1)).toMatchObject({ state: "cancelled" })
  expect(jobs.cancel(id).state).toBe("cancelled")
})

test("a failure is told in its words", async () => {
  const { jobs } = open()
  const { work, fail } = createWork()
  const { id } = jobs.start(work, "operator")
  fail(new Error("the disk is full"))
  expect((await Array.fromAsync(jobs.watch(id, never))).at(-1)).toMatchObject({
    state: "failed",
    error: "the disk is full",
  })
})

test("work that fails for another reason after it was cancelled has failed", async () => {
  const { jobs } = open()
  const work: Work = { kind: "copy", subject: "a", unit: "b", run: ({ signal }) => waitFor(signal) }
  async function waitFor(signal: AbortSignal): Promise<never> {
    await new Promise((resolve) => signal.addEventListener("abort", resolve))
    throw new Error("half of it is there")
  }
  const { id } = jobs.start(work, "operator")
  await Promise.resolve()
  jobs.cancel(id)
  expect((await Array.fromAsync(jobs.watch(id, never))).at(-1)).toMatchObject({ state: "failed" })
})

test("one of a kind at a time", async () => {
  const { jobs } = open()
  const { work, finish } = createWork()
  const { id } = jobs.start(work, "operator")
  expect(() => jobs.start(createWork().work, "operator")).toThrow("a job of this kind is under way: copy of team/app")
  jobs.start(createWork("other").work, "operator")
  finish(undefined)
  await Array.fromAsync(jobs.watch(id, never))
  jobs.start(createWork().work, "operator")
})

test("the last 100 that ended are kept, and those under way", async () => {
  const { jobs } = open()
  jobs.start(createWork("long").work, "operator")
  for (let i = 0; i < 150; i++) {
    const { work, finish } = createWork()
    const { id } = jobs.start(work, "operator")
    finish(i)
    await Array.fromAsync(jobs.watch(id, never))
  }
  const kept = jobs.list()
  expect(kept).toHaveLength(100)
  expect(kept[0]?.result).toBe(149)
  expect(kept.at(-1)?.kind).toBe("long")
  expect(() => jobs.get("job-2")).toThrow("there is no such job")
})

test("a stop cancels what is under way, waits for it, and begins nothing more", async () => {
  const { jobs } = open()
  const { id } = jobs.start(createWork().work, "operator")
  await jobs.stop()
  expect(jobs.get(id).state).toBe("cancelled")
  expect(() => jobs.start(createWork().work, "operator")).toThrow("stopping")
})
