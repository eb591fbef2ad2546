import type { RegistryEvent } from "../../../src/domain/event.ts"
import { parseRepositoryName } from "../../../src/domain/repository-name.ts"
import { WrongAnswerError } from "../client.ts"
import type { Change } from "../repository.ts"
import { isDropping } from "../undo.ts"
import { ENDPOINT, type Scene } from "./scene.ts"

const MOST_DELIVERIES = 1000

/** Delivers all that waits for the repository; gives each event of it once, in the order of its first delivery. */
export async function drainEvents(scene: Scene, name: string): Promise<RegistryEvent[]> {
  await deliverAll(scene, name)
  const own = scene.received.filter(({ target }) => target.repository === name)
  return own.filter(({ id }, at) => own.findIndex((one) => one.id === id) === at)
}

/** As a courier does, and no courier waits before it tries again. Rejects when an event was not taken. */
export async function deliverAll({ deliveries }: Scene, name: string): Promise<void> {
  const repository = parseRepositoryName(name)
  const { signal } = new AbortController()
  for (let each = 0; (await deliveries.findLane(ENDPOINT, before(name))) === repository; each++) {
    if (each === MOST_DELIVERIES) throw new WrongAnswerError(`the events of ${name} are not delivered`)
    const result = await deliveries.deliver({ endpoint: ENDPOINT, repository }, signal)
    if (result.kind === "failed") throw new Error(`an event of ${name} was not delivered: ${result.reason}`)
  }
}

/** A change that was made is told of, and one that was not made is not. */
export function verifyEvents(told: readonly RegistryEvent[], change: Change, happened: boolean): void {
  const isTold = told.some((event) => matches(event, change))
  if (isTold === happened) return
  throw new WrongAnswerError(
    happened
      ? `${change.kind} was made and no event tells of it`
      : `an event tells of ${change.kind}, which was not made`,
  )
}

function matches({ action, target }: RegistryEvent, change: Change): boolean {
  // Who restores something tells of it as of a push.
  if (change.kind === "restore-repository") return action === "push"
  if (change.kind === "restore-tag") return action === "push" && target.tag === change.tag
  if (isDropping(change)) return action === "delete"
  if (change.kind === "delete-tag") return action === "delete" && target.tag === change.tag
  if (target.digest !== change.digest) return false
  if (change.kind === "put-blob") return action === "push" || action === "mount"
  return action === (change.kind === "delete-manifest" || change.kind === "delete-blob" ? "delete" : "push")
}

/** The greatest text below the name: lanes are found after what was given. */
function before(name: string): string {
  return `${name.slice(0, -1)}${String.fromCharCode(name.charCodeAt(name.length - 1) - 1)}\uffff`
}
