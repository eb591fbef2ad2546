import { expect, test } from "bun:test"
import { createMemoryBlobStore } from "../adapters/blob-store/memory/memory.ts"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { createManualClock, newRepository, putBlob } from "../ports/metadata/fixture.contract.ts"
import { createGc, type Gc, type GcRun } from "./gc.ts"

/** A collector that somebody holds when it rests for the first time. */
async function open() {
  const clock = createManualClock()
  const metadata = await createMetadata({ path: ":memory:", clock })
  let holding: Promise<() => void> | undefined
  const gc: Gc = createGc({
    records: metadata.gc,
    store: createMemoryBlobStore(),
    adoption: { isSettled: () => true, listProblems: () => Promise.resolve({ items: [], hasMore: false }) },
    touches: {
      settle: () => Promise.resolve(true),
      collect: (step) => step(),
      findTrouble: () => undefined,
      longestGraceSeconds: () => 60,
    },
    clock,
    log: createMemoryLogger(),
    rest: () => {
      holding ??= gc.hold("a backup")
      return Promise.resolve(false)
    },
    isReadOnly: false,
    rules: {
      graceSeconds: 60,
      sweepDelaySeconds: 60,
      untaggedSeconds: undefined,
      isPaused: false,
      keepSeconds: 86_400,
    },
    rehearse: (_, work) => work(metadata.gc),
  })
  await putBlob(metadata, newRepository())
  return {
    run: (changes: Partial<GcRun>) =>
      gc.run({ isNow: true, isAlone: false, untagged: false, signal: new AbortController().signal, ...changes }),
    release: async () => (await holding)?.(),
  }
}

const RUNS: [string, Partial<GcRun>][] = [
  ["a run", {}],
  ["a run of which somebody wants a list", { isListed: true }],
  ["a rehearsal", { isRehearsal: true }],
]

test.each(RUNS)("%s that is held in the middle ends early, says so, and the next does the rest", async (_, changes) => {
  const { run, release } = await open()
  expect(await run(changes)).toMatchObject({ skipped: "a backup", links: 0 })
  await release()
  expect(await run({})).toMatchObject({ links: 1 })
})
