import { expect, test } from "bun:test"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import type { AdoptionReport } from "../domain/adoption.ts"
import type { AdoptionState, RunOptions } from "../services/adoption.ts"
import { startAdopting } from "./adopt.ts"

const STATE: AdoptionState = {
  is: "running",
  progress: { repositories: 1, links: 20 },
  total: { repositories: 2, links: 30 },
}

const REPORT: AdoptionReport = {
  startedAt: 0,
  finishedAt: 1500,
  counts: { repositories: 2, tags: 3, manifests: 4, blobs: 5, uploads: 0, changes: 6 },
  problems: {},
}

function start(run: (options: RunOptions) => Promise<AdoptionReport | undefined>) {
  const log = createMemoryLogger()
  const job = startAdopting({
    adoption: { run, state: () => STATE },
    log,
    progressSeconds: 0.002,
    retrySeconds: 0.002,
  })
  return { log, job }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await Bun.sleep(1)
}

test("it says how far it is, and what there was", async () => {
  const { promise, resolve } = Promise.withResolvers<AdoptionReport>()
  const { log, job } = start(() => promise)
  await until(() => log.messages("info").length >= 2)
  expect(log.messages("info")[0]).toContain("taking over")
  resolve(REPORT)
  await until(() => log.messages("info").at(-1)?.includes("is taken over") === true)
  await job.stop()
  expect(log.messages("warn")).toEqual([])
})

test("progress that it told of has an end, also where nothing was new", async () => {
  const { promise, resolve } = Promise.withResolvers<AdoptionReport>()
  const { log, job } = start(() => promise)
  await until(() => log.messages("info").length > 0)
  resolve({ ...REPORT, counts: { ...REPORT.counts, changes: 0 } })
  await until(() => log.messages("info").at(-1)?.includes("has changed nothing") === true)
  await job.stop()
})

test("where nothing was new and nothing was told of, there is nothing to speak of", async () => {
  const { log, job } = start(() => Promise.resolve({ ...REPORT, counts: { ...REPORT.counts, changes: 0 } }))
  await until(() => log.messages("debug").length > 0)
  await job.stop()
  expect(log.messages("info")).toEqual([])
})

test("it names the command that lists what is wrong", async () => {
  const { log, job } = start(() => Promise.resolve({ ...REPORT, problems: { symlink: 2 } }))
  await until(() => log.messages("warn").length > 0)
  await job.stop()
  expect(log.messages("warn")[0]).toContain("berth adopt --report")
})

test("a directory without anything to take over is nothing to speak of", async () => {
  const { log, job } = start(() => Promise.resolve(undefined))
  await job.stop()
  expect([...log.messages("info"), ...log.messages("warn")]).toEqual([])
})

test("a failure is tried again", async () => {
  let runs = 0
  const { log, job } = start(() => (++runs < 3 ? Promise.reject(new Error("broken")) : Promise.resolve(REPORT)))
  await until(() => runs === 3)
  await job.stop()
  expect(log.messages("error")).toHaveLength(2)
})

test("stopping ends the run under way, at once and without a word", async () => {
  const log = createMemoryLogger()
  const run = ({ signal }: RunOptions) =>
    new Promise<undefined>((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))))
  const job = startAdopting({ adoption: { run, state: () => STATE }, log, retrySeconds: 1e6 })
  await job.stop()
  expect(log.messages("error")).toEqual([])
})
