import { expect, test } from "bun:test"
import { killAtEachFileCall } from "./file-calls.ts"

/** Among them they make every kind of call that a push makes. */
const STEPS = ["a blob by one patch", "an empty blob", "a blob with a wrong digest"]

test("a kill before each file call of a push, one after the other, loses nothing that was acknowledged", async () => {
  const seed = Number(process.env["FAULTS_SEED"] ?? Date.now() % 2 ** 31)
  const played = STEPS[seed % STEPS.length] ?? ""
  const totals = await killAtEachFileCall({ seed, isPlayed: (step) => step === played })
  console.log(`file calls: seed ${seed}: ${played}: ${JSON.stringify(totals)}`)
  // It has to open, write and sync at least, and ends at the first number that it does not come to.
  expect(totals.kills).toBeGreaterThan(2)
}, 600_000)
