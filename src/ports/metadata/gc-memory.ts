/** How long a client may rely on what it was told. Everything in milliseconds. */
export interface GcGrace {
  graceMs: number
  /** The longest that counted before, and until when (of the epoch) what was told then may be relied on. */
  formerMs: number
  formerUntil: number
}

/** What the collector has to know after a restart. */
export interface GcMemoryRecords {
  /** The last run that did something: plain data. */
  findRun(): Promise<unknown>
  putRun(report: object): Promise<void>
  /** Notes that from now on this is the grace period, and gives what has to be kept to. Nothing is written where it is so already. */
  putGrace(graceMs: number): Promise<GcGrace>
}
