import { expect, test } from "bun:test"
import { join } from "node:path"
import { openForWriting } from "../../../src/adapters/metadata/sqlite/open.ts"
import { createScratch } from "../../support/scratch.ts"
import { WrongAnswerError } from "../client.ts"
import { bootFrom } from "./boot.ts"
import { runLives } from "./life.ts"
import { mutants } from "./mutants.ts"
import { noTallies } from "./power-cuts.ts"

const SEEDS = 2
// In some lives nothing is garbage in time: more are played until there was some.
const MOST_SEEDS = 12
const BOOTED = 3000
const LONGEST_MS = 3 * 60_000

test(
  "whatever a power cut leaves, nothing that was acknowledged is lost and nothing is half made",
  async () => {
    // Another seed each time finds more; the one of a failure is in its message: FAULTS_SEED=… repeats its choices.
    const first = Number(process.env["FAULTS_SEED"] ?? Date.now() % 2 ** 31)
    const tallies = noTallies()
    const seen = new Set<number>()
    let boots = 0
    let seed = first
    const isEnough = () => tallies.collectedBeside > 0 && seed >= first + SEEDS
    for (; !isEnough() && seed < first + MOST_SEEDS; seed++) {
      const onImage = async (crash: Parameters<typeof bootFrom>[0]) => {
        if (tallies.images % BOOTED !== 1000) return
        await bootFrom(crash)
        boots++
      }
      await runLives({ seed, limits: { all: 64, drawn: 32 }, seen, tallies, onImage }).catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${String(error)}`, { cause: error })
      })
    }
    const { images, cuts, exhausted, recoveries, collected, collectedBeside } = tallies
    console.log(
      `power cuts: seeds ${first} to ${seed - 1}: ${images} images of ${cuts} moments, ${exhausted} of them wholly; ${recoveries} recovered from, ${boots} booted, ${collected} blobs collected, ${collectedBeside} beside pushes`,
    )
    expect(images).toBeGreaterThan(1000)
    expect(boots).toBeGreaterThan(0)
    expect(collected + collectedBeside).toBeGreaterThan(0)
    expect(collectedBeside).toBeGreaterThan(0)
  },
  LONGEST_MS,
)

for (const mutant of mutants) {
  test(
    `found: ${mutant.name}`,
    async () => {
      expect(await findSeed(mutant)).toBeLessThan(20)
    },
    LONGEST_MS,
  )
}

/** The first whose images show the mistake. */
async function findSeed(mutant: (typeof mutants)[number]): Promise<number> {
  for (let seed = 0; seed < 20; seed++) {
    const run = runLives({ seed, limits: { all: 16, drawn: 16 }, seen: new Set(), tallies: noTallies(), mutant })
    const isFound = await run.then(
      () => false,
      (error: unknown) => {
        if (error instanceof WrongAnswerError) return true
        throw error
      },
    )
    if (isFound) return seed
  }
  return Infinity
}

test("the database, which is not simulated, is opened so that a commit outlives a power cut", () => {
  using scratch = createScratch("berth-power")
  using database = openForWriting(join(scratch.path, "metadata.db"), 0)
  // https://sqlite.org/pragma.html#pragma_synchronous: 2 is FULL, which syncs the log at every commit.
  expect(database.query("PRAGMA synchronous").get()).toEqual({ synchronous: 2 })
  expect(database.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" })
})
