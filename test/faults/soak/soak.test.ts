import { expect, test } from "bun:test"
import { soak } from "./soak.ts"

const SECONDS = 8
/** Of the server, with all that the clients do to it. */
const MOST_MIB = 256

test(
  `${SECONDS} seconds of mixed load, restarts and hostile clients lose nothing`,
  async () => {
    const seed = Number(process.env["FAULTS_SEED"] ?? Date.now() % 2 ** 31)
    const told: string[] = []
    const totals = await soak.run({
      minutes: SECONDS / 60,
      seed,
      signal: new AbortController().signal,
      onProgress: () => {},
      onLoss: (text) => void told.push(text),
    })
    console.log(`soak: seed ${seed}: ${JSON.stringify(totals)}`)
    expect(told).toEqual([])
    // A run that hardly did anything would prove nothing.
    expect(totals["acked"]).toBeGreaterThan(20)
    expect(totals["hostile"]).toBeGreaterThan(10)
    expect(totals["mostMemoryMib"]).toBeWithin(1, MOST_MIB)
  },
  3 * 60_000,
)
