import { playSeeds, type Technique } from "../technique.ts"
import { bootFrom } from "./boot.ts"
import { runLives, type Crash, type Tallies } from "./life.ts"

/** With up to twelve things that a cut may lose or keep these are all images of a moment. */
const LIMITS = { all: 4096, drawn: 256 }
/** Of so many images one is booted, as long as no earlier one is under way: starting a process takes its time. */
const BOOTED = 100

export const powerCuts: Technique = {
  name: "power-cuts",
  describe: "cuts the power of a simulated disk at every change, and looks at whatever may be left",
  run: async (options) => {
    const tallies = noTallies()
    const seen = new Set<number>()
    let boots = 0
    const play = async (seed: number) => {
      const booter = createBooter()
      try {
        await runLives({
          seed,
          limits: LIMITS,
          seen,
          tallies,
          signal: options.signal,
          onImage: async (crash) => {
            if (tallies.images % 1000 === 0)
              options.onProgress(`seed ${seed}: ${tallies.images} images, ${boots} booted`)
            if (tallies.images % BOOTED === 0 && booter.start(crash)) boots++
            await booter.check()
            // The server that is under way has answers waiting.
            if (tallies.images % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
          },
        })
        await booter.end()
        return { isLost: false }
      } catch (error) {
        await booter.end().catch(() => undefined)
        options.onLoss(`seed ${seed}: ${String(error)}`)
        return { isLost: true }
      }
    }
    const range = await playSeeds(options, play)
    return { ...range, ...tallies, boots }
  },
}

export function noTallies(): Tallies {
  return { cuts: 0, exhausted: 0, images: 0, recoveries: 0, collected: 0, collectedBeside: 0 }
}

/** The real server beside the simulation, on one image at a time. */
function createBooter() {
  let underWay: Promise<void> | undefined
  let failure: { error: unknown } | undefined

  async function check(): Promise<void> {
    if (failure !== undefined) throw failure.error
  }

  return {
    /** `false` while there is one under way. */
    start: (crash: Crash): boolean => {
      if (underWay !== undefined) return false
      underWay = bootFrom(crash)
        .catch((error: unknown) => void (failure = { error }))
        .finally(() => (underWay = undefined))
      return true
    },
    check,
    end: async () => {
      await underWay
      await check()
    },
  }
}
