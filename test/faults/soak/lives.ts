import { join } from "node:path"
import { createClient, WrongAnswerError, type Client } from "../client.ts"
import { expectNoFault } from "../fsck.ts"
import { openLedger, readLedger } from "../ledger.ts"
import { createOracle, replay, type Oracle } from "../oracle.ts"
import { createRandom, type Random } from "../random.ts"
import type { RunOptions } from "../technique.ts"
import type { Turn } from "../turn.ts"
import { verifyCatalog } from "../verify.ts"
import { createHeld, verifyHeld, type Held } from "./held.ts"
import { SOME, startHostile } from "./hostile.ts"
import type { Pace } from "./pace.ts"
import { appendSample, judgeMost, measureGrowth, takeSample, type Growth, type Sample } from "./samples.ts"
import { waitForCollection } from "./reckoning.ts"
import { createSoakStart, NO_GRACE, type SoakServer } from "./server.ts"
import { LARGE, pushShared } from "./shared.ts"
import { createWorker, type Place, type Worker } from "./worker.ts"

export interface SoakOptions extends RunOptions {
  /** An empty one, for the data and the ledger. */
  directory: string
  samplesPath: string
  pace: Pace
}

/** What a run did and found. One that loses something rejects instead. */
export interface Soaked {
  counts: Record<string, number>
  growth: Growth
  /** Of single moments. */
  faults: string[]
  mostRssMiB: number
  mostLoopDelayP99Ms: number
}

export interface Soak {
  play(): Promise<Soaked>
  /** So far. */
  soaked(): Soaked
}

interface State {
  options: SoakOptions
  random: Random
  oracle: Oracle
  held: Held
  workers: Worker[]
  samples: Sample[]
  large: string
  startedAt: number
  counts: { stops: number; kills: number; unanswered: number; verified: number; hostile: number; kept: number }
}

const WORKERS = 8
const SHARE_OF_SHORT_LIVES = 1 / 3

export function createSoak(options: SoakOptions): Soak {
  const { pace, directory, seed } = options
  const ledger = openLedger(join(directory, `ledger-${seed}.jsonl`))
  const random = createRandom(seed)
  const oracle = createOracle(ledger)
  const held = createHeld(pace.graceSeconds * 1000)
  const pauseMs = (WORKERS * 1000) / pace.operationsPerSecond
  const workers = Array.from({ length: WORKERS }, (_, n) =>
    createWorker({ name: `w${n}`, oracle, random: random.fork(`worker ${n}`), held, pauseMs }),
  )
  const counts = { stops: 0, kills: 0, unanswered: 0, verified: 0, hostile: 0, kept: 0 }
  const startedAt = performance.now()
  const state: State = { options, random, oracle, held, workers, samples: [], large: "", startedAt, counts }
  const soaked = () => summarize(state)
  return {
    soaked,
    play: async () => {
      using _ = ledger
      await playLives(state, ledger.path)
      return soaked()
    },
  }
}

function summarize({ counts, held, oracle, samples, startedAt, workers }: State): Soaked {
  const most = (value: (sample: Sample) => number) => Math.max(0, ...samples.map(value))
  const { requests, collected } = held.count()
  return {
    counts: {
      minutes: (performance.now() - startedAt) / 60_000,
      requests,
      acked: oracle.ackedCount(),
      ...counts,
      lostReplies: sum(workers.map((worker) => worker.lostCount())),
      foundCollected: collected,
    },
    growth: measureGrowth(samples),
    faults: judgeMost(samples),
    mostRssMiB: most(({ rssMiB }) => rssMiB),
    mostLoopDelayP99Ms: most(({ loopDelayP99Ms }) => loopDelayP99Ms),
  }
}

/** Short lives, each ended by a stop or a kill, then a long one, then the reckoning. */
async function playLives(state: State, ledgerPath: string): Promise<void> {
  const { options, random, startedAt, counts } = state
  const start = await createSoakStart(options.directory)
  const startPaced = () => start(options.pace)
  const totalMs = options.minutes * 60_000
  const elapsed = () => performance.now() - startedAt
  const longestMs = options.pace.longestShortLifeSeconds * 1000
  while (elapsed() < totalMs && !options.signal.aborted) {
    const isShort = elapsed() < totalMs * SHARE_OF_SHORT_LIVES
    const lifeMs = isShort ? random.between(longestMs / 5, longestMs) : totalMs - elapsed()
    await withServer(state, startPaced, async (server) => {
      const isKilled = !isShort || random.chance(0.5)
      await begin(state, server)
      await live(state, server, { lifeMs, end: () => (isKilled ? server.berth.kill() : stop(server)) })
      if (isKilled) counts.kills++
      else counts.stops++
    })
  }
  await withServer(state, startPaced, async (server) => {
    await begin(state, server)
    await verifyAll(state, placeOf(state, server).client, ledgerPath)
    await expectNoFault(server.berth.root)
    await stop(server)
  })
  const withoutGrace = () => start(NO_GRACE)
  await withServer(state, withoutGrace, async (server) => {
    counts.kept = await waitForCollection(server.berth.root, state.oracle.repositories.values())
    await verifyKept(state, placeOf(state, server).client)
    await expectNoFault(server.berth.root)
    await stop(server)
  })
}

async function withServer(
  { options }: State,
  start: () => Promise<SoakServer>,
  use: (server: SoakServer) => Promise<void>,
): Promise<void> {
  const server = await start()
  try {
    await use(server)
  } catch (error) {
    const output = server.berth.output().slice(-4000)
    throw new Error(`seed ${options.seed}: ${String(error)}\n--- server ---\n${output}`, { cause: error })
  } finally {
    await server.berth.kill()
    await server.berth.stop()
  }
}

async function stop({ berth }: SoakServer): Promise<void> {
  const code = await berth.stop()
  if (code !== 0) throw new WrongAnswerError(`stop: due was exit code 0, got ${code}`)
}

/** After a start: what was left open is settled, and what the workers hold is compared. */
async function begin(state: State, server: SoakServer): Promise<void> {
  const { counts, oracle, held, random, workers, options } = state
  const place = placeOf(state, server)
  const turnOf = (name: string): Turn => ({ client: place.client, oracle, random, repository: oracle.get(name) })
  if (state.large === "") state.large = await pushShared(turnOf, options.pace.largeBytes)
  const settled = await Promise.all(workers.map((worker) => worker.settle(place)))
  counts.unanswered += settled.filter(({ happened }) => happened !== undefined).length
  for (const worker of workers) {
    for (const turn of worker.turns(place.client)) counts.verified += await verifyHeld(held, turn)
  }
}

/** Ends the server while requests are under way; when this returns, none is. */
async function live(
  state: State,
  server: SoakServer,
  { lifeMs, end }: { lifeMs: number; end: () => Promise<void> },
): Promise<void> {
  const { workers, large, random, counts, options } = state
  const place = placeOf(state, server)
  const ending = new AbortController()
  const path = `/v2/${LARGE}/blobs/${large}`
  const target = { url: server.berth.url, large: path, repository: "hostile/uploads", howMany: SOME }
  const hostile = startHostile(target, random.fork(`hostile ${counts.stops + counts.kills}`))
  const work = Promise.all(workers.map((worker) => worker.run(place, ending.signal)))
  try {
    const deadline = performance.now() + lifeMs
    while (performance.now() < deadline && !options.signal.aborted) {
      const stepMs = Math.min(options.pace.sampleSeconds * 1000, deadline - performance.now())
      await Promise.race([Bun.sleep(stepMs), work])
      await sample(state, server)
    }
    ending.abort()
    await end()
    await work
  } finally {
    ending.abort()
    await hostile.stop()
    counts.hostile += hostile.count()
    await Promise.allSettled([work])
  }
}

async function sample(state: State, { berth, metricsUrl }: SoakServer): Promise<void> {
  const { options, samples, startedAt, oracle } = state
  const taken = await takeSample({ pid: berth.pid, root: berth.root, metricsUrl })
  const seconds = (performance.now() - startedAt) / 1000
  samples.push({ seconds, ...taken })
  appendSample(options.samplesPath, { seconds, ...taken })
  const { rssMiB, fds, blobsMiB } = taken
  options.onProgress(
    `${Math.round(seconds)} s, ${oracle.ackedCount()} changes, ${state.counts.kills} kills, ${state.counts.stops} stops, ` +
      `${rssMiB.toFixed(0)} MiB, ${fds} descriptors, ${blobsMiB.toFixed(0)} MiB of blobs`,
  )
}

/** Every promise that stands on the ledger, read anew from its file. */
async function verifyAll({ held, oracle, counts, random }: State, client: Client, path: string): Promise<void> {
  for (const repository of oracle.repositories.values()) {
    counts.verified += await verifyHeld(held, { client, oracle, random, repository })
  }
  const read = replay(readLedger(path))
  if (read.ackedCount() !== oracle.ackedCount()) throw new WrongAnswerError("the ledger does not tell what was acked")
  await verifyCatalog(client, read.repositories.values())
}

/** What manifests name is there after a collection without grace, and nothing else needs to be. */
async function verifyKept({ held, oracle, counts, random }: State, client: Client): Promise<void> {
  for (const repository of oracle.repositories.values()) {
    held.forget(repository)
    counts.verified += await verifyHeld(held, { client, oracle, random, repository })
  }
}

function placeOf({ held }: State, { berth }: SoakServer): Place {
  return { client: held.watch(createClient(berth.url)), url: berth.url, root: berth.root }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
