import { type Bench, attempt, recordAll, settle } from "../bench.ts"
import { type MixedLoad, runMixedLoad } from "../clients/mixed-load.ts"
import { readLoopDelayMs } from "../servers/loop-delay.ts"
import { createStolenCounter } from "../servers/stolen-time.ts"
import { createCollectedCounter } from "../stores/berth-store.ts"
import { NAME } from "./gc-metrics.ts"
import { type Store, type Variants, pick, takeGarbage, withRunning } from "./gc-store.ts"

// Long enough for the caches of a start to fill.
const WARM_UP_SECONDS = 3
const CALIBRATION_SECONDS = 4
// Under load it is expected to go at this part of the pace.
const SHARE_LOADED = 0.1
// With collection and without, in turn: a disk that is slow for half a minute is to spoil one pair and not the result.
const PAIRS_PER_ROUND = 6
// Where the host took more of the processors than this, it is what was measured: once more, so many times in all.
const MOST_STOLEN = 0.02
const MOST_REPEATS = 8

type Pace = Pick<MixedLoad, "pullsPerSecond" | "pushesPerSecond">

/** The same load with and without collection, in turn, for as long after a start; what is compared are the two of a pair. */
export async function measureUnderLoad(
  bench: Bench,
  variants: Variants,
  { store, perSecond }: { store: Store; perSecond: number },
): Promise<void> {
  // Each pair is a step of its own: together they take longer than a step may.
  const step = (act: () => Promise<void>) => attempt(bench, NAME, variants.on, act)
  let pace: Pace = {}
  if (!(await step(async () => void (pace = await calibrate(bench, variants, store))))) return
  const pairs = bench.rounds * PAIRS_PER_ROUND
  const left = store.shape.garbage - store.dueCount
  const portion = Math.ceil(Math.min(left / pairs, perSecond * SHARE_LOADED * bench.sizes.gcSeconds))
  const spare = { repeats: MOST_REPEATS }
  for (let pair = 0; pair < pairs; pair++) {
    bench.progress(`${NAME}: under load, ${pair + 1} of ${pairs}`)
    const isMeasured = await step(async () => {
      takeGarbage(store, portion)
      const measure = (state: "on" | "off") =>
        measureUndisturbed(bench, variants, { store, pace, state, portion, spare })
      const first = pair % 2 === 0 ? await measure("off") : undefined
      const on = await measure("on")
      const off = first ?? (await measure("off"))
      recordAll(bench, variants.on, {
        [`${NAME}-pull-p99`]: on.pull / off.pull,
        [`${NAME}-push-p99`]: on.push / off.push,
      })
    })
    if (!isMeasured) return
  }
  recordAll(bench, variants.on, { [`${NAME}-repeated`]: MOST_REPEATS - spare.repeats })
}

interface State {
  store: Store
  pace: Pace
  state: "on" | "off"
  portion: number
  spare: { repeats: number }
}

interface Measured {
  pull: number
  push: number
  /** Of the processor time, 0 … 1, by the host. */
  stolen: number
  /** By metric. */
  values: Record<string, number>
}

async function measureUndisturbed(bench: Bench, variants: Variants, state: State): Promise<Measured> {
  for (;;) {
    await settle(bench)
    const measured = await measureState(bench, variants, state)
    if (measured.stolen <= MOST_STOLEN || state.spare.repeats === 0) {
      recordAll(bench, variants[state.state], { ...measured.values, [`${NAME}-stolen`]: measured.stolen * 100 })
      return measured
    }
    state.spare.repeats--
    bench.progress(`${NAME}: the host took ${(measured.stolen * 100).toFixed(1)} % of the processors: once more`)
    if (state.state === "on") takeGarbage(state.store, state.portion)
  }
}

async function measureState(
  bench: Bench,
  variants: Variants,
  { store, pace, state }: Pick<State, "store" | "pace" | "state">,
): Promise<Measured> {
  const server = variants[state]
  const collected = createCollectedCounter(store.root)
  const isOn = state === "on"
  return withRunning(server, store, async ({ port }) => {
    const load = { port, ...pace, pick: () => pick(store.shape) }
    await runMixedLoad({ ...load, seconds: Math.min(WARM_UP_SECONDS, bench.sizes.gcSeconds) })
    await readLoopDelayMs(variants.debugPort)
    const startedAt = performance.now()
    const stolen = createStolenCounter()
    const before = collected()
    const { pull, push } = await runMixedLoad({ ...load, seconds: bench.sizes.gcSeconds })
    const rate = ((collected() - before) * 1000) / (performance.now() - startedAt)
    if (!isOn && rate > 0) throw new Error("it collected while it was paused")
    const values: Record<string, number> = {
      [`${NAME}-pull-p50-${state}`]: pull.p50Ms,
      [`${NAME}-pull-p99-${state}`]: pull.p99Ms,
      [`${NAME}-push-p50-${state}`]: push.p50Ms,
      [`${NAME}-push-p99-${state}`]: push.p99Ms,
    }
    const taken = stolen()
    if (isOn) {
      values[`${NAME}-loop`] = await readLoopDelayMs(variants.debugPort)
      values[`${NAME}-rate-loaded`] = rate
    }
    return { pull: pull.p99Ms, push: push.p99Ms, stolen: taken, values }
  })
}

/** Half of what the server can do when it does not collect, from the same clients. */
async function calibrate(bench: Bench, { off }: Variants, store: Store): Promise<Pace> {
  return withRunning(off, store, async ({ port }) => {
    const seconds = Math.min(bench.sizes.gcSeconds, CALIBRATION_SECONDS)
    const { pull, push } = await runMixedLoad({ port, seconds, pick: () => pick(store.shape) })
    const [pullsPerSecond, pushesPerSecond] = [pull.perSecond / 2, push.perSecond / 2]
    bench.progress(
      `load: ${pullsPerSecond.toFixed(0)} pulls and ${pushesPerSecond.toFixed(0)} pushes of images a second`,
    )
    return { pullsPerSecond, pushesPerSecond }
  })
}
