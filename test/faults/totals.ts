/** What a run did and found. A run that loses something ends with an error instead. */
export interface Totals {
  kills: number
  /** Changes that the server said are made. */
  acked: number
  /** Changes without an answer because of a kill, and how many of them were made all the same. */
  unanswered: number
  made: number
  /** Interrupted uploads that went on where they were, that had hardly begun, and that the server no longer knew. */
  resumed: number
  anew: number
  forgotten: number
  /** Blobs, manifests and tags that were fetched and compared, or looked for in vain where they must be absent. */
  verified: number
  slowestStartMs: number
}

export function noTotals(): Totals {
  return {
    kills: 0,
    acked: 0,
    unanswered: 0,
    made: 0,
    resumed: 0,
    anew: 0,
    forgotten: 0,
    verified: 0,
    slowestStartMs: 0,
  }
}

export function addTotals(one: Totals, other: Totals): Totals {
  return {
    kills: one.kills + other.kills,
    acked: one.acked + other.acked,
    unanswered: one.unanswered + other.unanswered,
    made: one.made + other.made,
    resumed: one.resumed + other.resumed,
    anew: one.anew + other.anew,
    forgotten: one.forgotten + other.forgotten,
    verified: one.verified + other.verified,
    slowestStartMs: Math.max(one.slowestStartMs, other.slowestStartMs),
  }
}

export function describeTotals(totals: Totals): string {
  return [
    `${totals.kills} kills`,
    `${totals.acked} changes acknowledged`,
    `${totals.unanswered} without an answer (${totals.made} made)`,
    `${totals.resumed} uploads resumed, ${totals.anew} begun anew, ${totals.forgotten} forgotten`,
    `${totals.verified} objects verified`,
    `slowest start ${Math.round(totals.slowestStartMs)} ms`,
  ].join(", ")
}
