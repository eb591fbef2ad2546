import * as fc from "fast-check"

/** One reader of untrusted input, and what must be true of it whatever it reads. */
export interface Target {
  name: string
  /** Of the runs of a cheap target: what costs more is tried less often. */
  share: number
  /** Tries so many inputs of a seed. Rejects with the shortest input found for which it is not true. */
  fuzz(options: { seed: number; runs: number }): Promise<void>
  /** Pieces whose repetition costs more than its length; empty where all is well. `undefined`: there is nothing to repeat. */
  findSuperlinear: (() => string[]) | undefined
}

interface Definition<T> {
  name: string
  share?: number
  arbitrary: fc.Arbitrary<T>
  /** Throws where something is not as it must be. */
  check: (input: T) => void
  /** Reads a text that is one piece, over and over. */
  grow?: { pieces: readonly string[]; read: (text: string) => unknown }
}

export function target<T>({ name, share = 1, arbitrary, check, grow }: Definition<T>): Target {
  return {
    name,
    share,
    fuzz: ({ seed, runs }) => {
      fc.assert(fc.property(arbitrary, check), { seed, numRuns: runs })
      return Promise.resolve()
    },
    findSuperlinear: grow && (() => grow.pieces.filter((piece) => !isLinear(grow.read, piece))),
  }
}

export function asyncTarget<T>({
  name,
  share = 0.02,
  arbitrary,
  check,
}: Pick<Definition<T>, "name" | "share" | "arbitrary"> & { check: (input: T) => Promise<void> }): Target {
  return {
    name,
    share,
    fuzz: ({ seed, runs }) => fc.assert(fc.asyncProperty(arbitrary, check), { seed, numRuns: runs }),
    findSuperlinear: undefined,
  }
}

const SHORT_BYTES = 4096
const TIMES = 64
/** Linear work takes 64 times as long, quadratic 4096 times; ten-fold slack is between. */
const MOST = TIMES * 10
/** Whoever else is at work on the machine may be unlucky for us once, not every time. */
const TRIES = 4

function isLinear(read: (text: string) => unknown, piece: string): boolean {
  const few = Math.ceil(SHORT_BYTES / piece.length)
  const [short, long] = [piece.repeat(few), piece.repeat(few * TIMES)]
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const shortMs = Math.max(timeOf(read, short), 0.05)
    if (timeOf(read, long) <= MOST * shortMs) return true
  }
  return false
}

function timeOf(read: (text: string) => unknown, text: string): number {
  const start = performance.now()
  read(text)
  return performance.now() - start
}

/** Throws unless it is true; `why` is looked at then alone, for it is asked millions of times. */
export function insist(isTrue: boolean, why: () => string): void {
  if (!isTrue) throw new Error(why())
}
