import { createRandom } from "../random.ts"
import { FAULTS, MODES } from "./faults.ts"
import { subjects } from "./operations.ts"
import { failEach, type FaultTotals, type LoopOptions } from "./run.ts"
import { KINDS, type Kind } from "./scene.ts"
import { services } from "./services.ts"
import { undoings } from "./undo.ts"

type Loop = Pick<LoopOptions, "kind" | "subject" | "fault" | "mode">

const OPERATIONS = [...subjects, ...undoings, ...services]
const isPossible = (on: Kind | undefined, kind: Kind) => on === undefined || on === kind

/** Every operation on everything that can keep it, with every fault, once and lasting, in an order that the seed draws. */
export function listLoops(seed: number): Loop[] {
  const random = createRandom(seed).fork("order")
  return listPlaces()
    .flatMap(({ kind, subject }) =>
      FAULTS.flatMap((fault) => (subject.modes ?? MODES).map((mode) => ({ kind, subject, fault, mode }))),
    )
    .map((loop) => ({ loop, place: random.below(2 ** 32) }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ loop }) => loop)
}

/** Every operation on everything that can keep it, with one fault that the seed draws. */
export function drawLoops(seed: number): Loop[] {
  return listPlaces().map(({ kind, subject }) => {
    const random = createRandom(seed).fork(`${kind} ${subject.name}`)
    return { kind, subject, fault: random.pick(FAULTS) ?? "EIO", mode: random.pick(subject.modes ?? MODES) ?? "once" }
  })
}

function listPlaces(): Pick<Loop, "kind" | "subject">[] {
  return KINDS.flatMap((kind) =>
    OPERATIONS.filter(({ on }) => isPossible(on, kind)).map((subject) => ({ kind, subject })),
  )
}

interface SweepOptions {
  seed: number
  totals: FaultTotals
  /** What makes many calls takes long: every so many-th of them has its turn. */
  step: (loop: Loop) => number
  onLoop?: () => void
  isOver?: () => boolean
}

/**
 * Goes through the loops one after the other; where no call could suffer a loop's fault, every one fails with EIO. Gives
 * the runs of each. Rejects with the first promise that was broken.
 */
export async function sweep(loops: readonly Loop[], options: SweepOptions): Promise<number[]> {
  const { seed, totals, step, onLoop, isOver } = options
  const runs: number[] = []
  for (const loop of loops) {
    if (isOver?.() === true) break
    const met = await failEach({ ...loop, seed, totals, step: step(loop) })
    runs.push(met > 0 ? met : await failEach({ ...loop, fault: "EIO", seed, totals }))
    onLoop?.()
  }
  return runs
}
