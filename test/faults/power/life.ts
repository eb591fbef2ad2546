import type { Services } from "../../../src/compose/services.ts"
import { WrongAnswerError, type Client } from "../client.ts"
import type { Entry } from "../ledger.ts"
import { SHARED } from "../operations/mount-blob.ts"
import { createOracle, replay, type Oracle } from "../oracle.ts"
import { createRandom, type Random } from "../random.ts"
import { settle } from "../settle.ts"
import type { Turn } from "../turn.ts"
import { verifyCatalog, verifyRepository } from "../verify.ts"
import { createInspector } from "./check.ts"
import { collectBeside, createRequests } from "./collect-beside.ts"
import { createDatabase, type SimDatabase } from "./database.ts"
import { createDisk, makeDurable, type SimDisk } from "./disk.ts"
import { listDurable, listImages, restoreDisk, type Image, type ImageLimits } from "./image.ts"
import type { Mutant } from "./mutants.ts"
import { doSomething, fillShared, giveUpUnnamed, pushDeleted } from "./operations.ts"
import { openRegistry, type Registry } from "./registry.ts"
import { createSimFiles } from "./sim-files.ts"
import { createSteps } from "./steps.ts"

export interface Tallies {
  /** Moments at which the power was cut. */
  cuts: number
  /** Moments of which every image was looked at. */
  exhausted: number
  images: number
  recoveries: number
  /** Files of blobs that a collector removed, and those that it removed while others pushed. */
  collected: number
  collectedBeside: number
}

export interface RunOptions {
  seed: number
  limits: ImageLimits
  /** A mistake that is to be found. */
  mutant?: Mutant | undefined
  /** Those seen so far, by their hash. */
  seen: Set<number>
  tallies: Tallies
  signal?: AbortSignal | undefined
  /** Of each image that has not been seen before. */
  onImage?(crash: Crash): Promise<void>
}

/** What is left after a power cut, and what was promised before. */
export interface Crash {
  image: Image
  database: SimDatabase
  entries: readonly Entry[]
  random: Random
}

const WORKERS = 3
const LIVES = 3
/** Of so many new images one is recovered from: registry, interrupted uploads, everything compared over its routes. */
const RECOVERED = 50
/** How often something is collected while the others push; in the last life of each it is. */
const BESIDE = 0.5
/** How often the system writes something by itself: where it does so seldom, much is lost at once. */
const LAZY_WRITES = [0, 0.05, 0.2]

const sleep = () => Promise.resolve()
const now = async <Result>(effect: () => Result | Promise<Result>): Promise<Result> => effect()

/**
 * A registry on a simulated disk, over several power cuts. At every change of the disk or the database it is looked at what
 * a cut at this moment may leave; then one comes for true, and the registry goes on with one of its images. Rejects at the
 * first image on which a promise is broken.
 */
export async function runLives(options: RunOptions): Promise<void> {
  const random = createRandom(options.seed)
  const entries: Entry[] = []
  const oracle = createOracle({ path: "", append: (entry) => entries.push(entry), [Symbol.dispose]: () => undefined })
  using database = createDatabase()
  let disk = createDisk()
  for (let life = 0; life < LIVES && options.signal?.aborted !== true; life++) {
    const isLast = life === LIVES - 1
    disk = await live({ ...options, oracle, entries, database, disk, random: random.fork(`life ${life}`), isLast })
  }
  if (options.signal?.aborted === true) return
  const after = await openRegistry({ files: createSimFiles(disk, now), database: database.open(now) })
  await recoverWholly(after, oracle, random)
}

interface Life extends RunOptions {
  oracle: Oracle
  entries: Entry[]
  database: SimDatabase
  disk: SimDisk
  random: Random
  isLast: boolean
}

/** Gives the disk as it is found when the machine starts again. */
async function live(life: Life): Promise<SimDisk> {
  const { disk, database, oracle, random, mutant, tallies } = life
  const inspector = await createInspector({ database, first: listDurable(disk), mutate: mutant?.parts })
  /** How long the ledger was when the image was looked at. */
  const lookedAt = new Map<number, number>()
  const laziness = random.pick(LAZY_WRITES) ?? 0
  let last: Image[] = []

  async function lookAtImages(): Promise<void> {
    const { isAll, images } = listImages(disk, random, life.limits)
    tallies.cuts++
    if (isAll) tallies.exhausted++
    last = []
    for (const image of images) {
      if (life.signal?.aborted === true) return
      if (last.length < 64) last.push(image)
      else if (random.chance(0.05)) last[random.below(64)] = image
      const identity = identify(image, database)
      if (lookedAt.get(identity) === life.entries.length) continue
      lookedAt.set(identity, life.entries.length)
      await inspector.check(image, oracle)
      await count(image)
    }
  }

  async function count(image: Image): Promise<void> {
    const identity = identify(image, database)
    if (life.seen.has(identity)) return
    life.seen.add(identity)
    tallies.images++
    const crash = { image, database, entries: life.entries, random }
    if (tallies.images % RECOVERED === 0) {
      await recoverFrom(crash)
      tallies.recoveries++
    }
    await life.onImage?.(crash)
  }

  const steps = createSteps(random.fork("steps"), async () => {
    await lookAtImages()
    // Some of it the system writes by itself after a while.
    while (random.chance(laziness)) writeSomething(disk, random)
  })
  const files = createSimFiles(disk, steps.take)
  const store = database.open(steps.take)
  const work = async () => {
    const mutated = mutant?.files?.(files) ?? files
    const registry = await openRegistry({ files: mutated, database: store, mutate: mutant?.parts })
    await workAll(life, registry)
  }
  await steps.run(work(), life.isLast ? Infinity : random.between(20, 250))
  // What was acknowledged since the last change must be there as well.
  await lookAtImages()
  return restoreDisk(random.pick(last) ?? listDurable(disk))
}

/** Disk and database: of different runs it is the same where the disk is, and as many changes were committed. */
function identify(image: Image, database: SimDatabase): number {
  return Number(BigInt.asUintN(52, Bun.hash(`${image.hash} ${database.commits()}`)))
}

function writeSomething(disk: SimDisk, random: Random): void {
  const node = random.pick([...disk.dirty])
  if (node !== undefined) makeDurable(disk, node, random.between(1, node.pending.length))
}

async function workAll({ oracle, random, tallies, isLast }: Life, registry: Registry): Promise<void> {
  const { client, services } = registry
  const shared = { client, oracle, repository: oracle.get(SHARED), random: random.fork("shared"), sleep }
  const turns = Array.from({ length: WORKERS }, (_, n): Turn => {
    return { ...shared, repository: oracle.get(`w${n}/app`), random: random.fork(`worker ${n}`) }
  })
  for (const turn of [shared, ...turns]) await settle(turn)
  if (shared.repository.manifests.size === 0) await fillShared(shared)
  const isBeside = isLast || random.chance(BESIDE)
  if (!isBeside) tallies.collected += await collect(services, [shared, ...turns])
  const requests = createRequests(turns.length)
  const collector = isBeside ? collectBeside(registry, [shared, ...turns], requests) : Promise.resolve(0)
  // Whoever finds a bug ends all of it: the others may be waiting for the one that did.
  const [collected] = await Promise.all([
    collector,
    ...turns.map(async (turn, worker) => {
      if (isBeside) await requests.begin()
      for (let done = 0; done < 6; done++) {
        await (isBeside && turn.random.chance(0.4) ? pushDeleted(turn) : doSomething(turn))
        requests.ended(worker)
      }
      requests.leave(worker)
    }),
  ])
  tallies.collectedBeside += collected
}

/** What an operator would see: the registry starts on the image, clients go on where they were, and all is as promised. */
async function recoverFrom({ image, database, entries, random }: Crash): Promise<void> {
  using copy = createDatabase(database.serialize())
  const files = createSimFiles(restoreDisk(image), now)
  const registry = await openRegistry({ files, database: copy.open(now) })
  await recoverWholly(registry, replay(entries), random.fork("recovery"))
}

/** Besides, nothing that is stored is damaged, and what nobody needs can be collected. */
async function recoverWholly({ client, services }: Registry, oracle: Oracle, random: Random): Promise<void> {
  await recover(client, oracle, random)
  const turns = [...oracle.repositories.values()].map((repository) => ({ client, oracle, repository, random, sleep }))
  await collect(services, turns)
  const { damaged } = await services.scrub.run({ signal: new AbortController().signal, pace: sleep })
  if (damaged > 0) throw new WrongAnswerError(`${damaged} of the stored blobs are damaged`)
  for (const repository of oracle.repositories.values()) await verifyRepository(client, repository)
}

/** As an operator does who runs the collector while nobody uses the registry. Gives how many files went. */
async function collect({ gc }: Services, turns: readonly Turn[]): Promise<number> {
  for (const turn of turns) await giveUpUnnamed(turn)
  const { signal } = new AbortController()
  const report = await gc.run({ isNow: true, isAlone: true, untagged: false, signal })
  if (report.skipped !== undefined) throw new Error(`nothing was collected: ${report.skipped}`)
  return report.removed
}

export async function recover(client: Client, oracle: Oracle, random: Random): Promise<void> {
  for (const repository of oracle.repositories.values()) await settle({ client, oracle, repository, random, sleep })
  for (const repository of oracle.repositories.values()) await verifyRepository(client, repository)
  await verifyCatalog(client, oracle.repositories.values())
}
