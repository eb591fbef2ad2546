// Wrappers that put a bug between the program and its drivers: a proof that cannot find them would prove nothing.
import { expect, test } from "bun:test"
import { WrongAnswerError } from "../client.ts"
import { mutants, type Mutant } from "./bugs.ts"
import { FAULTS } from "./faults.ts"
import { failEach, noFaultTotals } from "./run.ts"

/** What the first run that found it says. */
async function hunt({ kind, bug, subjects }: Mutant): Promise<string | undefined> {
  const totals = noFaultTotals()
  try {
    for (const subject of subjects) {
      for (const fault of FAULTS) await failEach({ kind, bug, subject, fault, mode: "once", seed: 1, totals })
    }
  } catch (error) {
    if (error instanceof WrongAnswerError) return error.message
    throw error
  }
  return undefined
}

test.each(mutants.map((mutant) => [mutant.name, mutant] as const))("it is found that %s", async (_, mutant) => {
  // And by a fault: without one the bug stays hidden.
  expect(await hunt(mutant)).toMatch(/injected: [a-z]+\./)
})
