import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { type Bench, type Work, attempt, recordAll, settle } from "../bench.ts"
import type { Image } from "../clients/image.ts"
import { type MixedLoad, runMixedLoad } from "../clients/mixed-load.ts"
import { findFreePort } from "../../test/support/free-port.ts"
import { OURS } from "../comparison.ts"
import { readLoopDelayMs } from "../servers/loop-delay.ts"
import { readMemoryMiB } from "../servers/process-memory.ts"
import { startServer, type RunningServer } from "../servers/running-server.ts"
import type { Server } from "../servers/server.ts"
import { createStolenCounter } from "../servers/stolen-time.ts"
import { withSettings } from "../servers/with-settings.ts"
import type { Sizes } from "../sizes.ts"
import { findMedian } from "../statistics.ts"
import { createCollectedCounter, makeDue, writeBerthStore } from "../stores/berth-store.ts"
import { type Shape, countImages, getImage, listGarbage } from "../stores/images.ts"
import { collectOffline } from "./gc-offline.ts"

const NAME = "gc"
// Long enough for the caches of a start to fill.
const WARM_UP_SECONDS = 3
const CALIBRATION_SECONDS = 4
// Of the garbage; of the rest some is collected under load.
const SHARE_ALONE = 0.15
// Under load it is expected to go at this part of the pace.
const SHARE_LOADED = 0.05
// With collection and without, in turn: a disk that is slow for half a minute is to spoil one pair and not the result.
const PAIRS_PER_ROUND = 6
// Where the host took more of the processors than this, it is what was measured: once more, but not for ever.
const MOST_STOLEN = 0.02
const MOST_ATTEMPTS = 4
const MOST_ALONE_SECONDS = 120
const POLL_MS = 250

interface Store {
  directory: string
  root: string
  shape: Shape
  /** How much of the garbage was made due. */
  dueCount: number
}

type Pace = Pick<MixedLoad, "pullsPerSecond" | "pushesPerSecond">

/**
 * A store of very many small blobs, half of them garbage whose time has come. What pulls and pushes at half of the
 * measured peak cost with and without collection; how fast it goes alone; how fast a start is after kill -9.
 */
export function createGc(sizes: Sizes): Work {
  const blobs = `${(sizes.gcBlobs / 1000).toLocaleString("en-US")}k blobs`
  const peer = `docker-registry: stopped, ${sizes.gcPeerBlobs / 1000}k`
  const latency = (what: "pull" | "push", percent: 50 | 99) =>
    (["on", "off"] as const).map((state) => ({
      name: `${NAME}-${what}-p${percent}-${state}`,
      label: `${what} of a small image, ${blobs}, collection ${state}, p${percent}`,
      unit: "ms",
      isLowerBetter: true,
      isDetail: true,
    }))
  const ratio = (what: "pull" | "push") => ({
    name: `${NAME}-${what}-p99`,
    label: `${what} of a small image, p99 with collection ÷ without, medians of pairs`,
    unit: "×",
    isLowerBetter: true,
  })
  const metrics = [
    ratio("pull"),
    ratio("push"),
    ...latency("pull", 50),
    ...latency("pull", 99),
    ...latency("push", 50),
    ...latency("push", 99),
    { name: `${NAME}-loop`, label: "event loop late, under load and collection, p99", unit: "ms", isLowerBetter: true },
    { name: `${NAME}-rate-loaded`, label: "collected under load", unit: "blobs/s", isLowerBetter: false },
    { name: `${NAME}-rate`, label: `collected, nothing else to do (${peer})`, unit: "blobs/s", isLowerBetter: false },
    { name: `${NAME}-memory`, label: "memory meanwhile, at most", unit: "MiB", isLowerBetter: true },
    {
      name: `${NAME}-memory-growth`,
      label: "memory, at the end − after a quarter of it",
      unit: "MiB",
      isLowerBetter: true,
      isDetail: true,
    },
    {
      name: `${NAME}-stolen`,
      label: "processor time that the host took meanwhile",
      unit: "%",
      isLowerBetter: true,
      isDetail: true,
    },
    { name: `${NAME}-restart`, label: `start after kill -9, ${blobs}`, unit: "ms", isLowerBetter: true },
  ]
  const run = async (bench: Bench) => {
    // It goes with the scratch directory: to remove a million files would keep the disk busy while others are measured.
    const directory = join(bench.scratch, NAME)
    await measureOurs(bench, { directory, root: join(directory, "root"), shape: shapeOf(sizes.gcBlobs), dueCount: 0 })
    for (const server of bench.servers.filter(({ name }) => name === "docker-registry")) {
      await attempt(bench, NAME, server, async () =>
        recordAll(bench, server, await collectOffline(bench, server, shapeOf(sizes.gcPeerBlobs))),
      )
    }
  }
  return { name: NAME, metrics, run }
}

function shapeOf(blobs: number): Shape {
  return { blobs, garbage: Math.floor(blobs / 2) }
}

interface Variants {
  on: Server
  off: Server
  debugPort: number
}

async function measureOurs(bench: Bench, store: Store): Promise<void> {
  const server = bench.servers.find(({ name }) => name === OURS)
  if (server === undefined) return
  const debugPort = await findFreePort()
  const debug = { HTTP_DEBUG_ADDR: `127.0.0.1:${debugPort}`, HTTP_DEBUG_PROMETHEUS_ENABLED: "true" }
  const variants: Variants = {
    // The grace period is the default: what is garbage here has been it for years.
    on: withSettings(server, { GC_SWEEPDELAY: "1s", GC_INTERVAL: "1s", ...debug }),
    off: withSettings(server, { GC_PAUSED: "true", ...debug }),
    debugPort,
  }
  const step = (act: () => Promise<void>) => attempt(bench, NAME, server, act)
  if (!(await step(() => createTables(server, store)))) return
  // No step of the server's: a slow disk may take longer than a server gets.
  writeStore(bench, store)
  await settle(bench)
  await step(() => measureRestarts(bench, variants.off, store))
  let perSecond = 0
  await step(async () => void (perSecond = await measureAlone(bench, variants, store)))
  await step(() => measureUnderLoad(bench, variants, { store, perSecond }))
}

async function createTables(server: Server, { directory, root }: Store): Promise<void> {
  mkdirSync(directory, { recursive: true })
  await (await startServer(server, { directory, root })).stop()
}

function writeStore(bench: Bench, { root, shape }: Store): void {
  bench.progress(`writing ${shape.blobs} blobs and ${countImages(shape)} images`)
  const startedAt = performance.now()
  writeBerthStore(root, shape)
  bench.progress(`written in ${Math.round((performance.now() - startedAt) / 1000)} s`)
}

async function withRunning<T>(server: Server, store: Store, use: (running: RunningServer) => Promise<T>): Promise<T> {
  const running = await startServer(server, store)
  try {
    return await use(running)
  } finally {
    await running.stop()
  }
}

async function measureRestarts(bench: Bench, server: Server, store: Store): Promise<void> {
  for (let index = 0; index < bench.sizes.starts; index++) {
    await withRunning(server, store, async (running) => {
      await runMixedLoad({ port: running.port, seconds: 1, pick: () => pick(store.shape) })
      process.kill(running.pid, "SIGKILL")
    })
    const startedInMs = await withRunning(server, store, async (running) => running.startedInMs)
    recordAll(bench, server, { [`${NAME}-restart`]: startedInMs })
  }
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

/** Gives the blobs that are collected in a second when nothing else is to be done. */
async function measureAlone(bench: Bench, { on }: Variants, store: Store): Promise<number> {
  const count = Math.floor(store.shape.garbage * SHARE_ALONE)
  takeGarbage(store, count)
  const collected = createCollectedCounter(store.root)
  return withRunning(on, store, async ({ pid }) => {
    const readings: number[] = []
    const startedAt = performance.now()
    const deadline = startedAt + MOST_ALONE_SECONDS * 1000
    while (performance.now() < deadline && collected() < count) {
      await Bun.sleep(POLL_MS)
      readings.push(readMemoryMiB(pid, "VmRSS"))
    }
    const rate = (collected() * 1000) / (performance.now() - startedAt)
    recordAll(bench, on, {
      [`${NAME}-rate`]: rate,
      [`${NAME}-memory`]: readMemoryMiB(pid, "VmHWM"),
      [`${NAME}-memory-growth`]: (readings.at(-1) ?? 0) - (readings[Math.floor(readings.length / 4)] ?? 0),
    })
    return rate
  })
}

/** The same load with and without collection, in turn; compared are the medians of what was measured in each state. */
async function measureUnderLoad(
  bench: Bench,
  variants: Variants,
  { store, perSecond }: { store: Store; perSecond: number },
): Promise<void> {
  const pace = await calibrate(bench, variants, store)
  const pairs = bench.rounds * PAIRS_PER_ROUND
  const left = store.shape.garbage - store.dueCount
  const portion = Math.ceil(Math.min(left / pairs, perSecond * SHARE_LOADED * bench.sizes.gcSeconds))
  const p99 = {
    on: { pull: [] as number[], push: [] as number[] },
    off: { pull: [] as number[], push: [] as number[] },
  }
  for (let pair = 0; pair < pairs; pair++) {
    bench.progress(`gc: under load, ${pair + 1} of ${pairs}`)
    takeGarbage(store, portion)
    for (const state of pair % 2 === 0 ? (["off", "on"] as const) : (["on", "off"] as const)) {
      const { pull, push } = await measureUndisturbed(bench, variants, { store, pace, state, portion })
      p99[state].pull.push(pull)
      p99[state].push.push(push)
    }
  }
  recordAll(bench, variants.on, {
    [`${NAME}-pull-p99`]: findMedian(p99.on.pull) / findMedian(p99.off.pull),
    [`${NAME}-push-p99`]: findMedian(p99.on.push) / findMedian(p99.off.push),
  })
}

interface State {
  store: Store
  pace: Pace
  state: "on" | "off"
  portion: number
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
  for (let attempts = 1; ; attempts++) {
    await settle(bench)
    const measured = await measureState(bench, variants, state)
    if (measured.stolen <= MOST_STOLEN || attempts === MOST_ATTEMPTS) {
      recordAll(bench, variants[state.state], { ...measured.values, [`${NAME}-stolen`]: measured.stolen * 100 })
      return measured
    }
    bench.progress(`${NAME}: the host took ${(measured.stolen * 100).toFixed(1)} % of the processors: once more`)
    if (state.state === "on") takeGarbage(state.store, state.portion)
  }
}

async function measureState(
  bench: Bench,
  variants: Variants,
  { store, pace, state, portion }: State,
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
    let count = before
    const timer = setInterval(() => (count = collected()), POLL_MS)
    // With collection: until there is nothing left to collect, or it is clear that load starves it.
    const limit = { seconds: bench.sizes.gcSeconds * (isOn ? 2 : 1), isOver: () => isOn && count >= portion }
    const { pull, push } = await runMixedLoad({ ...load, ...limit }).finally(() => clearInterval(timer))
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

function takeGarbage(store: Store, count: number): void {
  makeDue(store.root, listGarbage(store.shape, store.dueCount, store.dueCount + count))
  store.dueCount += count
}

function pick(shape: Shape): Image {
  return getImage(Math.floor(Math.random() * countImages(shape)))
}
