import { expect, test } from "bun:test"
import { createScratch } from "../support/scratch.ts"
import { runRound } from "./round.ts"
import { describeTotals } from "./totals.ts"
import { createStart } from "./victim.ts"

const KILLS = 50

test(
  `${KILLS} kills at random moments lose nothing that was acknowledged and leave nothing half made, and garbage goes`,
  async () => {
    // Another seed each time finds more; the one of a failure is in its message: FAULTS_SEED=… repeats its choices.
    const seed = Number(process.env["FAULTS_SEED"] ?? Date.now() % 2 ** 31)
    using scratch = createScratch("berth-kill")
    const start = await createStart(scratch.path)
    const totals = await runRound({ seed, kills: KILLS, directory: scratch.path, start })
    console.log(`kill test: seed ${seed}: ${describeTotals(totals)}`)
    expect(totals.kills).toBe(KILLS)
    // A run that hardly did anything would prove nothing.
    expect(totals.acked).toBeGreaterThan(KILLS * 4)
    expect(totals.unanswered).toBeGreaterThan(KILLS / 2)
  },
  5 * 60_000,
)
