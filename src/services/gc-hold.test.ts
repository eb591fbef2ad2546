import { expect, test } from "bun:test"
import type { GcRun } from "./gc.ts"
import { openGc } from "./gc-testing.ts"

/** A collector that somebody holds when it rests for the first time. */
async function open() {
  let holding: Promise<() => void> | undefined
  const opened = await openGc({
    rest: () => {
      holding ??= opened.gc.hold("a backup")
      return Promise.resolve(false)
    },
  })
  await opened.push()
  return {
    run: (changes: Partial<GcRun>) => opened.run({ isNow: true, ...changes }),
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
