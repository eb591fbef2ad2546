import { expect } from "bun:test"
import { requirePrograms } from "../../e2e/support/programs.ts"
import { killAtSystemCalls } from "./system-calls.ts"

const test = requirePrograms("strace")
const KILLS = 8
const STEPS = new Set(["a blob by one patch", "a mount", "an image", "the deletion of a tag"])

test(`${KILLS} kills at system calls of one thread or another lose nothing that was acknowledged`, async () => {
  const seed = Number(process.env["FAULTS_SEED"] ?? Date.now() % 2 ** 31)
  const calls: string[] = []
  const totals = await killAtSystemCalls({
    seed,
    kills: KILLS,
    isPlayed: ({ name }) => STEPS.has(name),
    onKill: (call) => calls.push(call),
  })
  console.log(`system calls: seed ${seed}: ${JSON.stringify(totals)} at ${calls.join(", ")}`)
  expect(totals.kills).toBe(KILLS)
})
