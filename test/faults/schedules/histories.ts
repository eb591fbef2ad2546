import { startBerth, type Berth } from "../../support/berth.ts"
import { createRandom, type Random } from "../random.ts"
import { playSeeds, type Technique } from "../technique.ts"
import type { Call } from "./call.ts"
import type { Facts } from "./facts.ts"
import { createRecorder, describeHistory, findOrder } from "./linearizability.ts"
import { createModel, step } from "./model.ts"
import { createHttpCaller } from "./over-http.ts"

const CLIENTS = 8
const CALLS_OF_EACH = 3

/** Each seed is one history: what eight clients of a real server saw of the tags of one repository. */
export const histories: Technique = {
  name: "histories",
  describe: "lets eight clients move and delete the same tags of a server, and looks for an order that explains it",
  run: async (options) => {
    const berth = await startBerth()
    let calls = 0
    try {
      const range = await playSeeds(options, async (seed) => {
        try {
          calls += await playHistory(berth, seed)
          if (seed % 50 === 0) options.onProgress(`seed ${seed}: ${calls} calls`)
          return { isLost: false }
        } catch (error) {
          options.onLoss(`seed ${seed}: ${String(error)}`)
          return { isLost: true }
        }
      })
      return { ...range, histories: range.lastSeed - options.seed + 1, calls }
    } finally {
      await berth.stop()
    }
  },
}

const SETUP: readonly Call[] = [
  { verb: "push", repository: "a", blob: "x" },
  { verb: "push", repository: "a", blob: "y" },
  { verb: "push", repository: "a", blob: "z" },
  { verb: "put", repository: "a", manifest: "one", tag: "latest" },
]

/** Gives how many calls that were. Throws with the history when no order of the calls explains it. */
export async function playHistory(berth: Berth, seed: number): Promise<number> {
  const call = createHttpCaller(berth.url, `h${seed}`)
  let initial: Facts = new Set()
  for (const each of SETUP) {
    const outcome = await call(each)
    const next = step(initial, each, outcome)
    if (next === undefined) throw new Error(`${JSON.stringify(each)} gave ${outcome} before anybody else was there`)
    initial = next
  }
  const recorder = createRecorder<Call>()
  const work = Array.from({ length: CLIENTS }, async (_, client) => {
    const random = createRandom(seed).fork(`client ${client}`)
    for (let made = 0; made < CALLS_OF_EACH; made++) {
      const each = draw(random)
      await recorder.record(`client ${client}`, each, () => call(each))
    }
  })
  await Promise.all(work)
  for (const each of LAST) await recorder.record("afterwards", each, () => call(each))
  if (findOrder(recorder.history, createModel(initial, { restores: false })) === undefined) {
    throw new Error(`no order of the calls explains what the clients saw:\n${describeHistory(recorder.history)}`)
  }
  return recorder.history.length
}

const TAGS = ["latest", "next"]
const LAST: readonly Call[] = [
  ...TAGS.map((tag) => ({ verb: "resolve" as const, repository: "a", tag })),
  { verb: "list", repository: "a" },
  { verb: "pull", repository: "a", manifest: "one" },
  { verb: "pull", repository: "a", manifest: "two" },
]

function draw(random: Random): Call {
  const repository = "a"
  const tag = random.pick(TAGS) ?? "latest"
  const manifest = random.chance(0.5) ? "one" : "two"
  const share = random.below(10)
  if (share < 3) return { verb: "put", repository, manifest, tag }
  if (share < 6) return { verb: "resolve", repository, tag }
  if (share < 7) return { verb: "untag", repository, tag }
  if (share < 8) return { verb: "delete", repository, manifest }
  return share < 9 ? { verb: "list", repository } : { verb: "pull", repository, manifest }
}
