import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { allMutants } from "./mutants.ts"
import { copySources, mutateFile, type Sources } from "./sources.ts"

/** Enough to see that a bug is noticed; `npm run torture -- --only mutants` tries all. */
const TRIED = [
  "a tag that is deleted stays in memory",
  "that a client was told of a blob is not put on record",
  "a new copy is stored under the key of the one that is being removed",
]

let sources: Sources

beforeAll(() => {
  sources = copySources()
})

afterAll(() => {
  sources[Symbol.dispose]()
  console.log(`mutants: ${TRIED.length} of ${allMutants.length} tried`)
})

describe("a bug that is put in on purpose is found", () => {
  for (const mutant of allMutants.filter(({ bug }) => TRIED.includes(bug))) {
    test(mutant.bug, async () => expect(await sources.tryMutant(mutant)).toBeUndefined(), 120_000)
  }
})

test("each bug has one place in the sources", () => {
  // Whoever changes the place of one puts it where the bug would be now, and runs the torture above.
  for (const mutant of allMutants) expect(() => mutateFile(mutant)).not.toThrow()
  expect(new Set(allMutants.map(({ bug }) => bug)).size).toBe(allMutants.length)
  expect(allMutants.filter(({ bug }) => TRIED.includes(bug))).toHaveLength(TRIED.length)
})
