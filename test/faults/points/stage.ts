import { join } from "node:path"
import { startBerth, type Berth } from "../../support/berth.ts"
import { readEnvelopes, startEventReceiver, type EventReceiver } from "../../support/event-receiver.ts"
import { bundleProgram } from "../../support/bundle.ts"
import { findFreePort } from "../../support/free-port.ts"
import { createScratch } from "../../support/scratch.ts"
import { fillShared } from "../check.ts"
import { COLLECTING, expectNoGarbage, forgetGrace, keepEverything } from "../collect.ts"
import { createClient, LostReplyError, WrongAnswerError, type Client } from "../client.ts"
import { expectNoFault } from "../fsck.ts"
import { openLedger } from "../ledger.ts"
import { createOracle, type Oracle } from "../oracle.ts"
import { createRandom, type Random } from "../random.ts"
import { settle } from "../settle.ts"
import { noTotals } from "../totals.ts"
import type { Turn } from "../turn.ts"
import { verifyRepository } from "../verify.ts"
import { waitForCommands } from "./command.ts"
import { createControl, type Control } from "./control.ts"
import { listPoints } from "./names.ts"

/** A server between its start and its end. */
export interface Life {
  berth: Berth
  client: Client
  control: Control
  receiver: EventReceiver
  /** For the repository that is worked in now, or the one that is named. */
  turn: (repository?: string) => Turn
  /** Waits until it is so. Rejects with LostReplyError when the server is gone, with WrongAnswerError when it takes half a minute. */
  waitUntil: (what: string, isSo: () => boolean | Promise<boolean>) => Promise<void>
}

/** One data directory with its ledger, on which servers live one after the other. */
export interface Stage extends AsyncDisposable {
  control: Control
  oracle: Oracle
  directory: string
  /** The data directory. */
  root: string
  /** The present life; begun where there is none. */
  live(config?: Record<string, unknown>): Promise<Life>
  /** Ends it as a crash would. */
  kill(): Promise<void>
  /** Whether the server has ended by itself, waiting for that as long. */
  hasEnded(longestMs: number): Promise<boolean>
  /** After a kill: every change without an answer is found wholly made or not at all, is made, and all of its repository is right. */
  recover(config?: Record<string, unknown>): Promise<void>
  /** Everything on the ledger, and every event that it promises. */
  verifyAll(): Promise<void>
  /** Collects without grace: then nothing is left that nothing needs, everything on the ledger is, and fsck finds no fault. */
  expectNoGarbage(): Promise<void>
  /** How long they took; late are those of more than five seconds. */
  starts(): Readonly<{ slowestMs: number; late: number }>
  verified(): number
}

const PRELOAD = join(import.meta.dir, "preload.ts")
/** What must be compared after each kill stays bounded. */
const LIVES_PER_REPOSITORY = 20
/** Nothing takes so long on a server that works. */
const LONGEST_WAIT_MS = 30_000
/** Ready again after a kill; on a machine that has much other work it may take longer, and is counted. */
const DUE_START_MS = 5_000

/** What `createStage` starts; several stages may share it. */
export type Program = Awaited<ReturnType<typeof bundleProgram>>

export function bundleWithFailpoints(directory: string): Promise<Program> {
  return bundleProgram(directory, PRELOAD)
}

export async function createStage(seed: number, program: Program): Promise<Stage> {
  const scratch = createScratch("berth-points")
  const root = join(scratch.path, "data")
  const ledger = openLedger(join(scratch.path, "ledger.jsonl"))
  const oracle = createOracle(ledger)
  const random = createRandom(seed)
  const control = createControl(scratch.path, listPoints())
  const receiver = startEventReceiver()
  const port = await findFreePort()
  let lives = 0
  let verified = 0
  const starts = { slowestMs: 0, late: 0 }
  let life: { present: Life; config: unknown } | undefined

  async function begin(config: Record<string, unknown>): Promise<Life> {
    const start = performance.now()
    const berth = await startBerth({
      root,
      port,
      config: { ...baseConfig(receiver.url), ...config },
      program,
      env: control.env,
      endsByItself: true,
    })
    const startMs = performance.now() - start
    starts.slowestMs = Math.max(starts.slowestMs, Math.round(startMs))
    if (startMs > DUE_START_MS) starts.late++
    lives++
    const repository = `r${Math.floor(lives / LIVES_PER_REPOSITORY)}`
    const begun = createLife({ berth, control, receiver, oracle, random, repository })
    try {
      await waitForCommands(root, begun.waitUntil)
    } catch (error) {
      await berth.kill()
      throw error
    }
    return begun
  }

  async function end(): Promise<void> {
    await life?.present.berth.kill()
    life = undefined
  }

  const stage: Stage = {
    control,
    oracle,
    directory: scratch.path,
    root,
    live: async (config = {}) => {
      const wanted = JSON.stringify(config)
      if (life !== undefined && life.config !== wanted) await end()
      if (life === undefined && config === COLLECTING) forgetGrace(root)
      life ??= { present: await begin(config), config: wanted }
      if (oracle.repositories.size === 0)
        await fillShared({ oracle, random, pushers: [], totals: noTotals() }, life.present.client)
      return life.present
    },
    kill: end,
    hasEnded: async (longestMs) => {
      if (life === undefined) return true
      const { berth } = life.present
      const hasEnded = await Promise.race([berth.exited.then(() => true), Bun.sleep(longestMs).then(() => false)])
      if (hasEnded) await end()
      return hasEnded
    },
    recover: async (config) => {
      const { turn, client } = await stage.live(config)
      const open = new Set([...oracle.open.keys(), ...oracle.uploads.keys()])
      for (const name of open) await settle(turn(name))
      for (const { repository } of [turn(), ...[...open].map((name) => turn(name))]) {
        verified += await verifyRepository(client, repository)
      }
    },
    verifyAll: async () => {
      const { client, waitUntil } = await stage.live()
      for (const repository of oracle.repositories.values()) verified += await verifyRepository(client, repository)
      const told = () =>
        new Set(readEnvelopes(receiver.received).map(({ target }) => `${target.repository} ${target.digest}`))
      const missing = () => listTold(oracle).filter((each) => !told().has(each))
      await waitUntil("the delivery of all events", () => missing().length === 0).catch((error: unknown) => {
        throw new WrongAnswerError(`${String(error)}: ${missing().join(", ")}`)
      })
    },
    expectNoGarbage: async () => {
      const { turn } = await stage.live()
      await keepEverything(({ name }) => turn(name), oracle)
      const life = await stage.live(COLLECTING)
      await expectNoGarbage(root)
      for (const repository of oracle.repositories.values()) verified += await verifyRepository(life.client, repository)
      await expectNoFault(root)
    },
    starts: () => starts,
    verified: () => verified,
    [Symbol.asyncDispose]: async () => {
      await end()
      receiver[Symbol.dispose]()
      ledger[Symbol.dispose]()
      scratch[Symbol.dispose]()
    },
  }
  return stage
}

function baseConfig(url: string): Record<string, unknown> {
  const endpoint = { name: "hook", url, timeout: "5s", threshold: 3, backoff: "50ms" }
  return { log: { level: "warn", accesslog: { disabled: true } }, notifications: { endpoints: [endpoint] } }
}

/** What was pushed with an answer, or was found made: each had its event in the same transaction. */
function listTold({ repositories }: Oracle): string[] {
  return [...repositories.values()].flatMap(({ name, manifests }) =>
    [...manifests].map((digest) => `${name} ${digest}`),
  )
}

type LifeParts = Pick<Life, "berth" | "control" | "receiver"> & { oracle: Oracle; random: Random; repository: string }

function createLife({ berth, control, receiver, oracle, random, repository }: LifeParts): Life {
  const client = createClient(berth.url)
  let hasEnded = false
  void berth.exited.then(() => (hasEnded = true))
  return {
    berth,
    client,
    control,
    receiver,
    turn: (name = repository) => ({ client, oracle, random, repository: oracle.get(name) }),
    waitUntil: async (what, isSo) => {
      for (const giveUpAt = Date.now() + LONGEST_WAIT_MS; Date.now() < giveUpAt; await Bun.sleep(5)) {
        if (hasEnded) throw new LostReplyError(`the server ended before ${what}`)
        if (await isSo()) return
      }
      throw new WrongAnswerError(`${what} did not come about`)
    },
  }
}
