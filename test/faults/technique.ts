/** One way to try to lose something. One seed reproduces one run. */
export interface Technique {
  /** As in `--only` and in the totals: `power-cuts`. */
  name: string
  /** One sentence for `--help`. */
  describe: string
  /** Goes on for as long as `minutes` says, or until it has lost something; what is under way then is finished. */
  run(options: RunOptions): Promise<Totals>
}

export interface RunOptions {
  minutes: number
  /** Of the first run; each further one has the next. */
  seed: number
  /** To end early, and to give the totals so far. */
  signal: AbortSignal
  /** A line that is shown until the next one. */
  onProgress(line: string): void
  /** What was lost, with all that it takes to see it again. */
  onLoss(text: string): void
}

/**
 * Numbers alone. Those of several runs are added, save that of those whose name begins with `slowest` or `most` the
 * largest counts.
 */
export interface Totals {
  losses: number
  lastSeed: number
  [count: string]: number
}

/** Plays one run after the other, each with the next seed, until the time is over or one says that something was lost. */
export async function playSeeds(
  { minutes, seed: firstSeed, signal }: RunOptions,
  play: (seed: number) => Promise<{ isLost: boolean }>,
): Promise<{ lastSeed: number; losses: number }> {
  const deadline = Date.now() + minutes * 60_000
  for (let seed = firstSeed; ; seed++) {
    const { isLost } = await play(seed)
    if (isLost || signal.aborted || Date.now() >= deadline) return { lastSeed: seed, losses: isLost ? 1 : 0 }
  }
}
