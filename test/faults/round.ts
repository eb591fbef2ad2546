import { join } from "node:path"
import { fillShared, settleAll, verifyAll, verifySome, type Round } from "./check.ts"
import { COLLECTING, expectNoGarbage, forgetGrace, keepEverything } from "./collect.ts"
import { createClient, WrongAnswerError, type Client } from "./client.ts"
import { expectNoFault } from "./fsck.ts"
import { openLedger } from "./ledger.ts"
import { createOracle } from "./oracle.ts"
import { createPusher } from "./pusher.ts"
import { createRandom } from "./random.ts"
import { noTotals, type Totals } from "./totals.ts"
import type { Start, Victim } from "./victim.ts"

export interface RoundOptions {
  seed: number
  kills: number
  /** An empty directory for the ledger. */
  directory: string
  start: Start
  /** To end with fewer kills. */
  signal?: AbortSignal
  onKill?(totals: Totals): void
}

const WORKERS = 8
const SHORTEST_LIFE_MS = 20
const LONGEST_LIFE_MS = 600

/**
 * Eight clients push, move and delete while the server is killed at random moments; after each start on the same
 * directory every promise on the ledger is checked. Rejects at the first one that was broken.
 */
export async function runRound(options: RoundOptions): Promise<Totals> {
  using ledger = openLedger(join(options.directory, `ledger-${options.seed}.jsonl`))
  const random = createRandom(options.seed)
  const oracle = createOracle(ledger)
  const pushers = Array.from({ length: WORKERS }, (_, n) => createPusher(`w${n}`, oracle, random.fork(`worker ${n}`)))
  const round = { random: random.fork("round"), oracle, pushers, totals: noTotals() }
  while (round.totals.kills < options.kills && options.signal?.aborted !== true) {
    await withServer(options, round, (client, victim) => liveAndDie(round, client, victim))
    round.totals.kills++
    options.onKill?.(round.totals)
  }
  await withServer(options, round, async (client, victim) => {
    await settleAll(round, client)
    await verifyAll(round, client, ledger.path)
    await keepEverything(({ name }) => ({ client, oracle, random, repository: oracle.get(name) }), oracle)
    await expectNoFault(victim.root)
    const code = await victim.stop()
    if (code !== 0) throw new WrongAnswerError(`stop: due was exit code 0, got ${code}`)
    forgetGrace(victim.root)
  })
  const collecting = { ...options, start: () => options.start(COLLECTING) }
  await withServer(collecting, round, async (client, { root }) => {
    await expectNoGarbage(root)
    await verifyAll(round, client, ledger.path)
    await expectNoFault(root)
  })
  return round.totals
}

async function liveAndDie(round: Round, client: Client, victim: Victim): Promise<void> {
  if (round.totals.kills === 0) await fillShared(round, client)
  await settleAll(round, client)
  await verifySome(round, client)
  const work = round.pushers.map((pusher) => pusher.run(client))
  try {
    const life = Bun.sleep(round.random.between(SHORTEST_LIFE_MS, LONGEST_LIFE_MS))
    await Promise.race([life, Promise.all(work)])
  } finally {
    await victim.kill()
    // No request may be under way any more when the server starts again: it would reach the new one.
    await Promise.allSettled(work)
  }
  await Promise.all(work)
  round.totals.acked = round.oracle.ackedCount()
}

/** Starts the server, and sees to it that it ends. */
async function withServer(
  options: RoundOptions,
  { totals }: Round,
  use: (client: Client, victim: Victim) => Promise<void>,
): Promise<void> {
  const start = performance.now()
  const victim = await options.start()
  totals.slowestStartMs = Math.max(totals.slowestStartMs, performance.now() - start)
  try {
    await use(createClient(victim.url), victim)
  } catch (error) {
    const where = `seed ${options.seed}, after ${totals.kills} kills`
    throw new Error(`${where}: ${String(error)}\n--- server ---\n${victim.output().slice(-4000)}`, { cause: error })
  } finally {
    await victim.kill()
  }
}
