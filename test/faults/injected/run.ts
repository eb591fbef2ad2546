import { expectStatus, LostReplyError, WrongAnswerError } from "../client.ts"
import { createOracle, type Oracle } from "../oracle.ts"
import { createRandom, type Random } from "../random.ts"
import { effectsOf } from "../repository.ts"
import { settle } from "../settle.ts"
import type { Turn } from "../turn.ts"
import { verifyRepository } from "../verify.ts"
import { drainEvents, verifyEvents } from "./events.ts"
import { atNth, fromNth, type Fault, type Fired, type Mode } from "./faults.ts"
import type { Subject } from "./operations.ts"
import { openScene, type Bug, type Kind, type Scene } from "./scene.ts"

export interface FaultTotals {
  /** Runs in which something was injected. */
  runs: number
  faults: number
  /** Requests that were answered with a failure, of which so many were made all the same. */
  failed: number
  made: number
  verified: number
}

export function noFaultTotals(): FaultTotals {
  return { runs: 0, faults: 0, failed: 0, made: 0, verified: 0 }
}

interface RunOptions {
  scene: Scene
  subject: Subject
  fault: Fault
  mode: Mode
  /** Which of the calls that could suffer the fault. */
  nth: number
  random: Random
  totals: FaultTotals
}

let created = 0

/** One run: gives what was injected. Throws WrongAnswerError when a promise was broken. */
async function runOnce(options: RunOptions): Promise<Fired[]> {
  const { scene, subject, fault, mode, nth, random, totals } = options
  const turn = newTurn(scene, random)
  scene.received.length = 0
  const operation = await subject.prepare(turn, scene)
  scene.faults.arm(mode === "once" ? atNth(nth, fault) : fromNth(nth, fault))
  let failure: LostReplyError | undefined
  try {
    await operation(turn)
  } catch (error) {
    if (!(error instanceof LostReplyError)) throw error
    failure = error
  } finally {
    totals.faults += scene.faults.disarm().length
  }
  const fired = [...scene.faults.fired()]
  if (fired.length > 0) totals.runs++
  scene.pass(2000)
  if (failure !== undefined) {
    totals.failed++
    totals.made += (await recover(scene, turn, () => operation(turn))) ? 1 : 0
  }
  totals.verified += await verifyAll(scene, turn)
  await subject.check?.(turn, scene)
  return fired
}

function newTurn({ client }: Scene, random: Random): Turn {
  // The oracle knows this run's repositories alone.
  const oracle: Oracle = createOracle()
  return { client, oracle, repository: oracle.get(`run/r${++created}`), random }
}

/** All or nothing, and the same once more succeeds. Gives whether what was answered with a failure was made. */
async function recover(scene: Scene, turn: Turn, again: () => Promise<void>): Promise<boolean> {
  const { oracle, repository } = turn
  const open = oracle.open.get(repository.name)
  const hasUpload = oracle.uploads.has(repository.name)
  const isVisible = open !== undefined && effectsOf(repository, open).length > 0
  await verifyListed(turn)
  const told = await drainEvents(scene, repository.name)
  const { happened } = await settle(turn)
  if (isVisible) verifyEvents(told, open, happened === true)
  if (open === undefined && !hasUpload) await again()
  return happened === true
}

/** Whatever became of the request, a tag that is listed leads to a manifest. */
async function verifyListed({ client, repository: { name } }: Turn): Promise<void> {
  const reply = await expectStatus(client, { method: "GET", path: `/v2/${name}/tags/list` }, [200, 404])
  if (reply.status === 404) return
  const { tags } = JSON.parse(new TextDecoder().decode(reply.body)) as { tags: string[] }
  for (const tag of tags) await expectStatus(client, { method: "GET", path: `/v2/${name}/manifests/${tag}` }, [200])
}

async function verifyAll(scene: Scene, { client, oracle }: Turn): Promise<number> {
  let verified = 0
  for (const repository of oracle.repositories.values()) {
    verified += await verifyRepository(client, repository)
    await drainEvents(scene, repository.name)
  }
  const [violation] = scene.faults.takeViolations()
  if (violation !== undefined) throw new WrongAnswerError(violation)
  return verified
}

export interface LoopOptions {
  kind: Kind
  bug?: Bug
  subject: Subject
  fault: Fault
  mode: Mode
  seed: number
  totals: FaultTotals
  /** 1: every call has its turn. More: every so many-th, beginning with one that the seed draws. */
  step?: number
}

/** An operation has so many calls and no more. */
const MOST_CALLS = 1000

/** The first call fails, then the second, and so on, until a run has met no fault. Gives the number of runs that did. */
export async function failEach(options: LoopOptions): Promise<number> {
  const { kind, bug, subject, step = 1 } = options
  const first = 1 + createRandom(options.seed).fork(subject.name).below(step)
  let runs = 0
  const shared = subject.isAlone === true ? undefined : await openScene(kind, bug)
  try {
    for (let nth = first; nth <= MOST_CALLS; nth += step) {
      const own = shared === undefined ? await openScene(kind, bug) : undefined
      try {
        if ((await runNth(options, own ?? shared, nth)) === 0) return runs
        runs++
      } finally {
        await own?.[Symbol.asyncDispose]()
      }
    }
  } finally {
    await shared?.[Symbol.asyncDispose]()
  }
  throw new WrongAnswerError(`${subject.name}: more than ${MOST_CALLS} calls`)
}

async function runNth(options: LoopOptions, scene: Scene | undefined, nth: number): Promise<number> {
  if (scene === undefined) return 0
  const { kind, subject, fault, mode, seed, totals } = options
  const random = createRandom(seed).fork(`${subject.name} ${fault} ${mode} ${nth}`)
  try {
    return (await runOnce({ scene, subject, fault, mode, nth, random, totals })).length
  } catch (error) {
    const injected = describeFired(scene.faults.fired())
    const where = `${kind}, ${subject.name}, ${fault} ${mode}, call ${nth}, seed ${seed}`
    throw new WrongAnswerError(`${where}: ${String(error)}\n  injected: ${injected}\n${scene.lines()}`, {
      cause: error,
    })
  }
}

export function describeFired(fired: readonly Fired[]): string {
  return fired
    .slice(0, 20)
    .map(({ call, fault }) => `${call}: ${fault}`)
    .join("; ")
}
