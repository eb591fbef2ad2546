/** How a run is paced. */
export interface Pace {
  graceSeconds: number
  sweepDelaySeconds: number
  intervalSeconds: number
  /** Of all workers together. */
  operationsPerSecond: number
  /** Of the lives of the server that end soon; the last one takes two thirds of the time, for growth to show. */
  longestShortLifeSeconds: number
  sampleSeconds: number
  /** Of the blob that slow readers read: more than what fits between server and client. */
  largeBytes: number
}

const MIB = 2 ** 20

/** A run of hours waits as a registry does; one of seconds has to see all of it in them. */
export function paceFor(minutes: number): Pace {
  const rate = Number(process.env["SOAK_RATE"] ?? 0)
  const pace = minutes < 10 ? HURRIED : STEADY
  return rate > 0 ? { ...pace, operationsPerSecond: rate } : pace
}

const STEADY: Pace = {
  // Less than the time for which a worker uses a repository, so that garbage goes while it is looked at.
  graceSeconds: 15,
  sweepDelaySeconds: 5,
  intervalSeconds: 5,
  // Three quarters of a core, server and clients. All that is kept in memory is full well before the last life's first third
  // is over: growth after that is growth.
  operationsPerSecond: 60,
  longestShortLifeSeconds: 300,
  sampleSeconds: 20,
  largeBytes: 32 * MIB,
}

const HURRIED: Pace = {
  graceSeconds: 4,
  sweepDelaySeconds: 1,
  intervalSeconds: 1,
  operationsPerSecond: 60,
  longestShortLifeSeconds: 3,
  sampleSeconds: 1,
  largeBytes: 8 * MIB,
}
