import { expectStatus, WrongAnswerError } from "./client.ts"
import { observe } from "./observe.ts"
import { remove, removeAgain } from "./operations/delete.ts"
import { putManifest } from "./operations/push-manifest.ts"
import { dropAgain, undoAgain } from "./operations/undo.ts"
import { randomWay, upload } from "./operations/upload.ts"
import { effectsOf, type Change } from "./repository.ts"
import { resumeUpload, type Resumption } from "./resume.ts"
import type { Turn } from "./turn.ts"
import { isDropping, isUndoing } from "./undo.ts"

export interface Settled {
  /** Whether the change that had no answer was made after all; `undefined` when there was none. */
  happened: boolean | undefined
  upload: Resumption | undefined
}

/**
 * After a kill: finds out what became of the turn's change without an answer, which must be made wholly or not at all,
 * and asks for the same again, which must succeed.
 */
export async function settle(turn: Turn, putAgain = putManifest): Promise<Settled> {
  const { oracle, repository } = turn
  const open = oracle.open.get(repository.name)
  const session = oracle.uploads.get(repository.name)
  const happened = open === undefined ? undefined : await findOut(turn, open)
  // The blob and the end of its upload are one: a client that asks for either must come to the same answer.
  if (happened === true && session !== undefined) {
    await expectStatus(turn.client, { method: "GET", path: session.location }, [404])
  }
  const left = oracle.uploads.get(repository.name)
  const resumption = left === undefined ? undefined : await resumeUpload(turn, left)
  if (open !== undefined && resumption === undefined) {
    if (open.kind === "put-manifest") await putAgain(turn, open)
    else await retry(turn, open, happened === true)
  }
  return { happened, upload: resumption }
}

async function findOut({ client, oracle, repository }: Turn, open: Change): Promise<boolean> {
  const seen: string[] = []
  const effects = effectsOf(repository, open)
  const made = await Promise.all(
    effects.map(async ({ place, before, after }) => {
      const got = await observe(client, repository, place)
      seen.push(`${place.kind} ${place.id}: before ${before}, after ${after}, now ${got}`)
      return got === after ? true : got === before ? false : undefined
    }),
  )
  // What was so before shows nothing: a blob that was pushed again, a tag that was set to where it pointed.
  const happened = made.length > 0 && made.every((one) => one === true)
  if (!happened && made.some((one) => one !== false)) {
    throw new WrongAnswerError(`${open.kind} in ${repository.name} is half made: ${seen.join("; ")}`)
  }
  oracle.record({ at: "found", repository: repository.name, happened })
  return happened
}

async function retry(turn: Turn, open: Exclude<Change, { kind: "put-manifest" }>, happened: boolean): Promise<void> {
  if (isUndoing(open)) await undoAgain(turn, open, happened)
  else if (open.kind === "put-blob") await upload(turn, open.digest, open.content, randomWay(turn.random))
  else if (isDropping(open)) await dropAgain(turn, open, happened)
  else if (happened) await removeAgain(turn, open)
  else await remove(turn, open)
}
