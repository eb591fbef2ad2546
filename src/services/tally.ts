import type { BlobTally, Tally, TallyStep } from "../ports/metadata/repositories.ts"
import type { Pause } from "../ports/pause.ts"

const STEP = 1000

/** Counts on until nothing is left; between the steps other requests have their turn. */
export async function tallyAll<Part extends Tally>(
  pause: Pause,
  read: (step: TallyStep) => Promise<Part>,
  add: (part: Part) => void,
): Promise<void> {
  let after = ""
  for (;;) {
    const part = await read({ after, limit: STEP })
    add(part)
    if (part.next === undefined) return
    after = part.next
    await pause()
  }
}

export async function tallyBlobs(
  pause: Pause,
  read: (step: TallyStep) => Promise<BlobTally>,
): Promise<{ count: number; bytes: number }> {
  const sum = { count: 0, bytes: 0 }
  await tallyAll(pause, read, ({ count, bytes }) => {
    sum.count += count
    sum.bytes += bytes
  })
  return sum
}
