import { playSeeds, type Technique } from "../technique.ts"
import { openInMemory, openOnDisk, type TestedRegistry } from "./registries.ts"
import { playSequences, type SequenceOptions } from "./sequences.ts"
import { openServer } from "./server.ts"

interface Part extends Omit<SequenceOptions, "seed" | "open"> {
  /** The total that its commands are added to. */
  name: "commandsInMemory" | "commandsOnDisk" | "commandsOverHttp" | "commandsOverTls"
  open: () => Promise<TestedRegistry>
}

/** Of one seed. */
const PARTS: readonly Part[] = [
  { name: "commandsInMemory", open: openInMemory, sequences: 60, commands: 300 },
  { name: "commandsOnDisk", open: openOnDisk, sequences: 8, commands: 300, restartsEvery: 100 },
  { name: "commandsOverHttp", open: openServer, sequences: 1, commands: 600, restartsEvery: 200 },
  { name: "commandsOverTls", open: () => openServer(true), sequences: 1, commands: 300, restartsEvery: 200 },
]

/** The services in memory and on disk, and servers that are killed meanwhile, against the model. */
export const protocol: Technique = {
  name: "protocol",
  describe: "asks registries and a model of the specification the same, at random, and compares the answers",
  run: async (options) => {
    const totals = {
      sequences: 0,
      commands: 0,
      requests: 0,
      commandsInMemory: 0,
      commandsOnDisk: 0,
      commandsOverHttp: 0,
      commandsOverTls: 0,
    }
    const outcomes = new Set<string>()
    const range = await playSeeds(options, async (seed) => {
      for (const { name, ...part } of PARTS) {
        if (options.signal.aborted) break
        try {
          const counts = await playSequences({ ...part, seed })
          totals.sequences += counts.sequences
          totals.commands += counts.commands
          totals.requests += counts.requests
          totals[name] += counts.commands
          for (const outcome of counts.outcomes.keys()) outcomes.add(outcome)
          options.onProgress(`seed ${seed}: ${totals.commands} commands, ${outcomes.size} kinds of answers`)
        } catch (error) {
          options.onLoss(`seed ${seed}, ${name}: ${describe(error)}`)
          return { isLost: true }
        }
      }
      return { isLost: false }
    })
    return { ...range, ...totals, mostKindsOfAnswers: outcomes.size }
  },
}

/** fast-check has what was asked in the message, and the difference in the cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}\n${error.cause.message}` : error.message
}
