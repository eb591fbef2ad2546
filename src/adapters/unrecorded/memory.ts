import type { Unrecorded } from "../../ports/unrecorded.ts"

/** Where nothing outlives the process. */
export function createMemoryUnrecorded(): Unrecorded {
  let isNoted = false
  return {
    isNoted: async () => isNoted,
    note: async () => void (isNoted = true),
    forget: async () => void (isNoted = false),
  }
}
