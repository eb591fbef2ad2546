import { describe, expect, test } from "bun:test"
import { openApi } from "../http/api/testing.ts"
import type { JobContext } from "../services/jobs.ts"
import type { CliDependencies } from "./dependencies.ts"
import { runJob } from "./jobs.ts"
import { createProgram } from "./program.ts"

/** The command line on the real API, with a job of the test's own under way. */
async function open() {
  const { api, jobs, clock } = await openApi()
  const begun = Promise.withResolvers<JobContext>()
  const end = Promise.withResolvers<unknown>()
  api.post("/api/v1/test", (c) => {
    const run = (context: JobContext) => {
      begun.resolve(context)
      context.signal.addEventListener("abort", () => end.reject(context.signal.reason))
      return end.promise
    }
    return c.json(jobs.start({ kind: "test", subject: "all", unit: "things", run }, "operator"), 202)
  })
  const seen = { out: "", err: "", code: -1 }
  const listeners = new Set<() => void>()
  const operator = {
    ask: async (request: Request) => api.fetch(request),
    isServer: false,
    close: () => Promise.resolve(),
  }
  const deps: CliDependencies = {
    argv: [],
    env: {},
    version: "1.2.3",
    isTerminal: false,
    readFile: () => Promise.reject(new Error("no file")),
    serve: () => Promise.resolve(0),
    openOperator: () => Promise.resolve(operator),
    ask: () => Promise.resolve("n"),
    wait: () => Promise.resolve(),
    now: () => 0,
    onInterrupt: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    out: (text) => void (seen.out += text),
    err: (text) => void (seen.err += text),
  }
  const call = { deps, operator, options: {} }
  return {
    seen,
    jobs,
    clock,
    context: begun.promise,
    finish: end.resolve,
    fail: end.reject,
    isListening: () => listeners.size > 0,
    interrupt: () => listeners.forEach((listener) => listener()),
    begin: (options = {}) => runJob<{ all: number }>({ ...call, options }, "/test", { method: "POST" }),
    run: async (...argv: string[]) => {
      seen.out = seen.err = ""
      await createProgram({ deps, finish: (code) => void (seen.code = code) }).parseAsync(argv, { from: "user" })
      return { ...seen }
    },
  }
}

describe("a command that begins a job", () => {
  test("says how far it is, and gives its result", async () => {
    const { seen, clock, context, finish, begin } = await open()
    const outcome = begin()
    const { progress } = await context
    for (let done = 0; done <= 100; done++) {
      clock.advance(200)
      progress({ done, total: 100 })
      await Bun.sleep(0)
    }
    finish({ all: 100 })
    expect(await outcome).toEqual({ result: { all: 100 } })
    const lines = seen.err.trim().split("\n")
    expect(lines.length).toBeGreaterThan(3)
    expect(lines.length).toBeLessThanOrEqual(10)
    expect(lines.at(-1)).toBe("test: 100 of 100 things")
  })

  test("says nothing of its progress beside JSON", async () => {
    const { seen, clock, context, finish, begin } = await open()
    const outcome = begin({ json: true })
    clock.advance(200)
    const { progress } = await context
    progress({ done: 5, total: 5 })
    finish({ all: 5 })
    await outcome
    expect(seen).toMatchObject({ out: "", err: "" })
  })

  test("cancels the job on Ctrl-C, and ends with 130", async () => {
    const { seen, jobs, context, begin, interrupt, isListening } = await open()
    const outcome = begin()
    await context
    interrupt()
    expect(await outcome).toEqual({ exitCode: 130 })
    expect(jobs.list()).toMatchObject([{ state: "cancelled" }])
    expect(seen.err).toBe("berth: cancelling …\nberth: cancelled\n")
    expect(isListening()).toBe(false)
  })

  test("says why the job failed, and ends with 1", async () => {
    const { seen, context, fail, begin } = await open()
    const outcome = begin()
    await context
    fail(new Error("the disk is full"))
    expect(await outcome).toEqual({ exitCode: 1 })
    expect(seen.err).toBe("berth: the disk is full\n")
  })
})

describe("berth job", () => {
  test("lists, shows and cancels", async () => {
    const { context, begin, run } = await open()
    const outcome = begin()
    await context
    const list = JSON.parse((await run("job", "list", "--json")).out) as { items: { id: string }[] }
    const id = list.items[0]?.id ?? ""
    expect((await run("job", "show", id)).out).toContain("test  all  running")
    expect((await run("job", "cancel", id)).code).toBe(0)
    expect(await outcome).toEqual({ exitCode: 130 })
    expect(JSON.parse((await run("job", "show", id, "--json")).out)).toMatchObject({ id, state: "cancelled" })
    expect(await run("job", "show", "nothing")).toMatchObject({
      code: 1,
      err: "berth: there is no such job, or it ended long ago\n",
    })
  })

  test("watches a job to its end; who leaves earlier does not cancel it", async () => {
    const { jobs, context, finish, begin, run, interrupt, isListening } = await open()
    const outcome = begin()
    await context
    const id = jobs.list()[0]?.id ?? ""
    const watching = run("job", "watch", id)
    const left = run("job", "watch", id)
    while (!isListening()) await Bun.sleep(0)
    finish({ all: 1 })
    expect((await watching).code).toBe(0)
    await left
    interrupt()
    expect(await outcome).toEqual({ result: { all: 1 } })
    expect(jobs.get(id).state).toBe("done")
  })
})
