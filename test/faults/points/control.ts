import { writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  FILE_CALLS,
  FILE_CALLS_LIMIT,
  hitsWord,
  limitWord,
  MAX_NAMES,
  openWords,
  SIZE_BYTES,
  VARIABLE,
} from "./layout.ts"

/** Says where a server is to be killed, also while it runs, and counts where it has been. It outlives the server. */
export interface Control {
  points: readonly string[]
  env: Record<string, string>
  hits(point: string): number
  fileCalls(): number
  /** Kills at the nth hit from now on. */
  killAt(point: string, nth: number): void
  killAtFileCall(nth: number): void
  /** Whether what was armed last has come about. */
  hasFired(): boolean
  /** Lets the server live. */
  disarm(): void
}

export function createControl(directory: string, points: readonly string[]): Control {
  if (points.length > MAX_NAMES) throw new Error(`there are more than ${MAX_NAMES} failpoints`)
  const path = join(directory, "failpoints")
  writeFileSync(path, new Uint8Array(SIZE_BYTES))
  writeFileSync(`${path}.json`, JSON.stringify(points))
  const words = openWords(path)
  const indexOf = (point: string) => {
    const index = points.indexOf(point)
    if (index < 0) throw new Error(`there is no failpoint ${point}`)
    return index
  }
  const hits = (point: string) => Atomics.load(words, hitsWord(indexOf(point)))
  const fileCalls = () => Atomics.load(words, FILE_CALLS)
  let armed: { counter: number; limit: number } | undefined
  const arm = (counter: number, limitAt: number, nth: number) => {
    armed = { counter, limit: Atomics.load(words, counter) + nth }
    Atomics.store(words, limitAt, armed.limit)
  }
  return {
    points,
    env: { [VARIABLE]: path },
    hits,
    fileCalls,
    killAt: (point, nth) => arm(hitsWord(indexOf(point)), limitWord(indexOf(point)), nth),
    killAtFileCall: (nth) => arm(FILE_CALLS, FILE_CALLS_LIMIT, nth),
    hasFired: () => armed !== undefined && Atomics.load(words, armed.counter) >= armed.limit,
    disarm: () => {
      Atomics.store(words, FILE_CALLS_LIMIT, 0)
      for (const index of points.keys()) Atomics.store(words, limitWord(index), 0)
    },
  }
}
