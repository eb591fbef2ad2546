import type { Digest } from "../../domain/digest.ts"

const SHOWN = 100
/** Told apart, each of them being named by many perhaps. */
const COUNTED = 10_000

/** What is named and not there. */
export interface Missing {
  add(digest: Digest): void
  list(): { missing: Digest[]; missingCount: number }
}

export function createMissing(): Missing {
  const all = new Set<Digest>()
  return {
    add: (digest) => {
      if (all.size < COUNTED) all.add(digest)
    },
    list: () => ({ missing: [...all].slice(0, SHOWN), missingCount: all.size }),
  }
}
