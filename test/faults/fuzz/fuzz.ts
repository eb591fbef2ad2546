import { playSeeds, type Technique } from "../technique.ts"
import { openTargets } from "./targets/all.ts"

/** Of one cheap target and one seed. */
const RUNS = 20_000

/** Every reader of untrusted input, one after the other, with inputs that a seed makes. */
export const fuzz: Technique = {
  name: "fuzz",
  describe: "gives every reader of untrusted input what nobody expects, and checks what it makes of it",
  run: async (options) => {
    const opened = await openTargets()
    let executions = 0
    const range = await playSeeds(options, async (seed) => {
      for (const target of opened.targets) {
        const { name, share } = target
        if (options.signal.aborted) break
        const runs = Math.ceil(RUNS * share)
        try {
          await target.fuzz({ seed, runs })
        } catch (error) {
          options.onLoss(`seed ${seed}, ${name}: ${error instanceof Error ? describe(error) : String(error)}`)
          return { isLost: true }
        }
        executions += runs
        options.onProgress(`seed ${seed}: ${executions} executions`)
      }
      return { isLost: false }
    })
    await opened.close()
    return { ...range, executions, mostTargets: opened.targets.length }
  },
}

/** fast-check has the input in the message, and what was wrong in the cause. */
function describe({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}\n${cause.message}` : message
}
