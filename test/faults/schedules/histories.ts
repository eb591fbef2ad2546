import { startBerth, type Berth } from "../../support/berth.ts"
import { createRandom } from "../random.ts"
import { playSeeds, type Technique } from "../technique.ts"
import type { Call } from "./call.ts"
import type { Facts } from "./facts.ts"
import { createRecorder, describeHistory, findOrder } from "./linearizability.ts"
import {
  drop,
  get,
  head,
  list,
  mount,
  pull,
  push,
  put,
  referrers,
  remove,
  resolve,
  restore,
  restoreAll,
  restoreTag,
  unlink,
  untag,
} from "./events.ts"
import { createModel, step } from "./model.ts"
import { createHttpCaller } from "./over-http.ts"

const CLIENTS = 8
const CALLS_OF_EACH = 3

/** Each seed is one history: what eight clients of a real server saw of a repository. */
export const histories: Technique = {
  name: "histories",
  describe:
    "lets eight clients change, delete and restore the same content of a server, and looks for an order that explains it",
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

/** An image under a tag, a layer that nothing names yet, what a signature needs, and another repository. */
const SETUP: readonly Call[] = [...push("a", "x", "y", "z", "s"), put("one", "latest"), ...push("b", "w")]

/** Gives how many calls that were. Throws with the history when no order of the calls explains it. */
export async function playHistory(berth: Berth, seed: number): Promise<number> {
  const call = createHttpCaller(berth, `h${seed}`)
  let initial: Facts = new Set()
  for (const each of SETUP) {
    const outcome = await call(each)
    const next = step(initial, each, outcome)
    if (next === undefined) throw new Error(`${JSON.stringify(each)} gave ${outcome} before anybody else was there`)
    initial = next
  }
  const recorder = createRecorder<Call>()
  const theme = THEMES[seed % THEMES.length] ?? TAGS
  const work = Array.from({ length: CLIENTS }, async (_, client) => {
    const random = createRandom(seed).fork(`client ${client}`)
    for (let made = 0; made < CALLS_OF_EACH; made++) {
      const each = random.pick(theme)
      if (each !== undefined) await recorder.record(`client ${client}`, each, () => call(each))
    }
  })
  await Promise.all(work)
  for (const each of LAST) await recorder.record("afterwards", each, () => call(each))
  const restores = theme.some(({ verb }) => verb.startsWith("restore"))
  if (findOrder(recorder.history, createModel(initial, { restores })) === undefined) {
    throw new Error(`no order of the calls explains what the clients saw:\n${describeHistory(recorder.history)}`)
  }
  return recorder.history.length
}

/** What the clients draw from; the more often something stands there the more often it is done. */
const TAGS: readonly Call[] = [
  ...["latest", "next"].flatMap((tag) => [put("one", tag), put("two", tag), resolve(tag), resolve(tag), untag(tag)]),
  ...(["one", "two"] as const).flatMap((name) => [remove(name), pull(name)]),
  list,
  list,
]
const BLOBS: readonly Call[] = [
  ...["y", "z"].flatMap((blob) => [head(blob), get(blob), unlink(blob), mount(blob)]),
  ...push("a", "y", "z"),
  ...push("b", "z"),
  head("z", "b"),
  unlink("z", "b"),
  put("two", "next"),
  put("one", "latest"),
  pull("two"),
]
const INDEXES: readonly Call[] = [
  ...(["one", "index", "signature"] as const).flatMap((name) => [put(name, name), pull(name), remove(name)]),
  put("index", "latest"),
  put("signature"),
  resolve("latest"),
  resolve("index"),
  untag("index"),
  referrers("one"),
  referrers("one"),
  list,
]
const UNDOING: readonly Call[] = [
  put("one", "latest"),
  put("two", "latest"),
  resolve("latest"),
  resolve("latest"),
  untag("latest"),
  untag("latest"),
  list,
  pull("one"),
  remove("one"),
  remove("two"),
  restoreTag("latest"),
  restoreTag("latest"),
  restore("one"),
]
const REPOSITORIES: readonly Call[] = [
  drop,
  drop,
  restoreAll,
  restoreAll,
  restoreTag("latest"),
  put("one", "latest"),
  put("two", "next"),
  resolve("latest"),
  list,
  pull("one"),
  head("z"),
  ...push("a", "y"),
  mount("z"),
  referrers("one"),
]
const THEMES = [TAGS, BLOBS, INDEXES, UNDOING, REPOSITORIES]

/** All that the themes may have changed. */
const LAST: readonly Call[] = [
  ...["latest", "next", "index"].map((tag) => resolve(tag)),
  ...(["one", "two", "index"] as const).map((name) => pull(name)),
  ...["y", "z"].map((blob) => head(blob)),
  head("z", "b"),
  referrers("one"),
  list,
]
