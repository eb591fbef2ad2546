import { settleAll, verifySome, type Round } from "../check.ts"
import { WrongAnswerError } from "../client.ts"
import { createOracle } from "../oracle.ts"
import { createPusher } from "../pusher.ts"
import { createRandom } from "../random.ts"
import { noTotals } from "../totals.ts"
import { atRandom } from "./faults.ts"
import { describeFired, type FaultTotals } from "./run.ts"
import { openScene, type Bug, type Kind } from "./scene.ts"

export interface StormOptions {
  kind: Kind
  seed: number
  /** Each begins when all that failed in the last one was settled. */
  gusts: number
  totals: FaultTotals
  bug?: Bug
}

const WORKERS = 4
/** Of the calls. */
const SHARES = [0.01, 0.03, 0.1, 0.3]

/** Four clients at once, while calls fail at random: each goes on until something of its own has failed. */
export async function storm({ kind, seed, gusts, totals, bug }: StormOptions): Promise<void> {
  await using scene = await openScene(kind, bug)
  const random = createRandom(seed)
  const oracle = createOracle()
  const pushers = Array.from({ length: WORKERS }, (_, n) => createPusher(`w${n}`, oracle, random.fork(`worker ${n}`)))
  const round: Round = { random: random.fork("round"), oracle, pushers, totals: noTotals() }
  try {
    for (let gust = 0; gust < gusts; gust++) {
      scene.faults.arm(atRandom(random.fork(`gust ${gust}`), random.pick(SHARES) ?? 0.02))
      const ended = await Promise.allSettled(pushers.map((pusher) => pusher.run(scene.client)))
      const fired = scene.faults.disarm()
      totals.faults += fired.length
      totals.runs++
      scene.pass(2000)
      for (const one of ended) if (one.status === "rejected") throw one.reason
      await settleAll(round, scene.client)
      await verifySome(round, scene.client)
      const [violation] = scene.faults.takeViolations()
      if (violation !== undefined) throw new WrongAnswerError(violation)
    }
  } catch (error) {
    const where = `${kind}, storm, seed ${seed}: ${String(error)}`
    throw new WrongAnswerError(`${where}\n  injected: ${describeFired(scene.faults.fired())}\n${scene.lines()}`, {
      cause: error,
    })
  }
  totals.failed += round.totals.unanswered
  totals.made += round.totals.made
  totals.verified += round.totals.verified
}
