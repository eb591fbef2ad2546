import { expect, test } from "bun:test"
import { noFaultTotals } from "./run.ts"
import { describeFaults } from "./technique.ts"
import { drawLoops, sweep } from "./sweep.ts"

// Another seed each time finds more; the one of a failure is in its message: FAULTS_SEED=… repeats it.
const seed = Number(process.env["FAULTS_SEED"] ?? Date.now() % 2 ** 31)

test(
  "whichever call of a driver fails, what was acknowledged is whole, the rest is there or not, and asking again succeeds",
  async () => {
    const totals = noFaultTotals()
    const loops = drawLoops(seed)
    const runs = await sweep(loops, {
      seed,
      totals,
      step: ({ kind, subject }) => (subject.isAlone ? 29 : kind === "files" ? 4 : 2),
    })
    console.log(`injected faults: seed ${seed}: ${loops.length} operations, ${describeFaults(totals)}`)
    const unmet = loops.filter((_, at) => runs[at] === 0).map(({ kind, subject }) => `${kind}: ${subject.name}`)
    expect(unmet).toEqual([])
    expect(totals.failed).toBeGreaterThan(loops.length)
  },
  5 * 60_000,
)
