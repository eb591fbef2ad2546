import * as fc from "fast-check"
import { commandArbitraries, restartArbitrary } from "./commands.ts"
import { createModel } from "./model.ts"
import { createPlay } from "./play.ts"
import type { TestedRegistry } from "./registries.ts"

export interface SequenceOptions {
  open: () => Promise<TestedRegistry>
  seed: number
  /** How many sequences, each of at most so many commands. */
  sequences: number
  commands: number
  /** One command in so many ends the registry and starts it anew; 0: none. */
  restartsEvery?: number
  /** `false`: the first sequence that shows a difference will do. */
  shortens?: boolean
}

export interface SequenceCounts {
  sequences: number
  commands: number
  requests: number
  /** How often each status was the right one. */
  outcomes: Map<string, number>
}

/** Plays sequences against a registry and the model. Throws where they differ, with the shortest sequence found that shows it. */
export async function playSequences(options: SequenceOptions): Promise<SequenceCounts> {
  const { open, seed, sequences, restartsEvery = 0 } = options
  const counts: SequenceCounts = { sequences: 0, commands: 0, requests: 0, outcomes: new Map() }
  const kinds = restartsEvery === 0 ? commandArbitraries : withRestarts(restartsEvery)
  const drawn = fc.commands(kinds, { maxCommands: options.commands, size: "max" })
  const property = fc.asyncProperty(drawn, async (commands) => {
    const registry = await open()
    const model = createModel()
    const play = createPlay(model, registry)
    try {
      await fc.asyncModelRun(() => ({ model: model.state, real: play }), commands)
    } finally {
      counts.sequences++
      counts.commands += play.counts.commands
      counts.requests += play.counts.requests
      for (const [outcome, count] of play.outcomes)
        counts.outcomes.set(outcome, (counts.outcomes.get(outcome) ?? 0) + count)
      await registry.close()
    }
  })
  await fc.assert(property, { seed, numRuns: sequences, endOnFailure: options.shortens === false })
  return counts
}

function withRestarts(every: number): typeof commandArbitraries {
  const copies = Math.max(1, Math.round(every / commandArbitraries.length))
  return [...Array.from({ length: copies }, () => commandArbitraries).flat(), restartArbitrary]
}
