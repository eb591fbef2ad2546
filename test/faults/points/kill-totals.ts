import { playSeeds, type RunOptions, type Totals } from "../technique.ts"
import type { Stage } from "./stage.ts"

export interface KillTotals {
  kills: number
  /** Armed, and not come by: what happens in the background has no order. */
  missed: number
  /** Objects that were fetched and compared, or looked for in vain where they must be absent. */
  verified: number
  slowestStartMs: number
  /** Of more than five seconds. */
  lateStarts: number
}

export function noKills(): KillTotals {
  return { kills: 0, missed: 0, verified: 0, slowestStartMs: 0, lateStarts: 0 }
}

export function countKill(totals: KillTotals, stage: Stage, isKilled: boolean): void {
  if (isKilled) totals.kills++
  else totals.missed++
  const { slowestMs, late } = stage.starts()
  totals.verified = Math.max(totals.verified, stage.verified())
  totals.slowestStartMs = Math.max(totals.slowestStartMs, slowestMs)
  totals.lateStarts = Math.max(totals.lateStarts, late)
}

type Play = (seed: number, onKill: (totals: KillTotals) => void) => Promise<KillTotals>

/** Plays seed after seed, and counts a run up to the loss that ended it. */
export async function sumSeeds(options: RunOptions, play: Play): Promise<Totals> {
  let sum = noKills()
  const range = await playSeeds(options, async (seed) => {
    const before = sum
    const onKill = (totals: KillTotals) => {
      sum = add(before, totals)
      options.onProgress(`seed ${seed}: ${sum.kills} kills, ${sum.verified} objects verified`)
    }
    try {
      sum = add(before, await play(seed, onKill))
      return { isLost: false }
    } catch (error) {
      options.onLoss(`seed ${seed}: ${String(error)}`)
      return { isLost: true }
    }
  })
  return { ...range, ...sum }
}

function add(one: KillTotals, other: KillTotals): KillTotals {
  return {
    kills: one.kills + other.kills,
    missed: one.missed + other.missed,
    verified: one.verified + other.verified,
    slowestStartMs: Math.max(one.slowestStartMs, other.slowestStartMs),
    lateStarts: one.lateStarts + other.lateStarts,
  }
}
