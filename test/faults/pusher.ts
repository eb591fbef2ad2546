import { LostReplyError, type Client } from "./client.ts"
import { deleteAbsent, deleteBlob, deleteManifest, deleteTag } from "./operations/delete.ts"
import { mountMissing, mountNeighbour, mountShared } from "./operations/mount-blob.ts"
import { abandonUpload, pushBlob, pushBlobAgain, pushWrongDigest } from "./operations/push-blob.ts"
import { moveTag, pushImage, pushIncompleteImage, pushIndex, pushReferrer } from "./operations/push-manifest.ts"
import { readBack } from "./operations/read-back.ts"
import type { Oracle } from "./oracle.ts"
import type { Random } from "./random.ts"
import type { Operation, Turn } from "./turn.ts"

// How often each is done, in relation to the others.
const SHARES: readonly [Operation, number][] = [
  [pushBlob, 12],
  [pushBlobAgain, 4],
  [pushWrongDigest, 1],
  [abandonUpload, 1],
  [mountShared, 3],
  [mountNeighbour, 4],
  [mountMissing, 1],
  [pushImage, 10],
  [pushIndex, 3],
  [pushReferrer, 4],
  [moveTag, 6],
  [pushIncompleteImage, 1],
  [deleteTag, 3],
  [deleteManifest, 3],
  [deleteBlob, 3],
  [deleteAbsent, 1],
  [readBack, 6],
]
const OPERATIONS = SHARES.flatMap(([operation, share]) => Array.from({ length: share }, () => operation))

// A repository that has seen so many operations is left as it is, and the worker goes on in a new one: what must be
// compared after each kill stays bounded.
const OPERATIONS_PER_REPOSITORY = 100

export interface Pusher {
  /** The repository that it works in now. */
  turn(client: Client): Turn
  /** Works until the server goes away. Rejects with WrongAnswerError. */
  run(client: Client): Promise<void>
  /** Operations that were done with an answer, all in all. */
  operations(): number
}

export function createPusher(name: string, oracle: Oracle, random: Random): Pusher {
  let operations = 0
  const turn = (client: Client): Turn => {
    const repository = oracle.get(`${name}/r${Math.floor(operations / OPERATIONS_PER_REPOSITORY)}`)
    return { client, oracle, repository, random }
  }
  return {
    turn,
    operations: () => operations,
    run: async (client) => {
      try {
        while (true) {
          await random.pick(OPERATIONS)?.(turn(client))
          operations++
        }
      } catch (error) {
        if (!(error instanceof LostReplyError)) throw error
      }
    },
  }
}
