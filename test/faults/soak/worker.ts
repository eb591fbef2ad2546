import { LostReplyError, type Client } from "../client.ts"
import { deleteAbsent, deleteManifest, deleteTag, remove } from "../operations/delete.ts"
import { mountMissing, mountNeighbour, mountShared } from "../operations/mount-blob.ts"
import { abandonUpload, pushBlob, pushBlobAgain, pushWrongDigest } from "../operations/push-blob.ts"
import { pushIncompleteImage } from "../operations/push-manifest.ts"
import type { Oracle } from "../oracle.ts"
import type { Random } from "../random.ts"
import { settle, type Settled } from "../settle.ts"
import type { Operation, Turn } from "../turn.ts"
import { sleepUnless } from "./sleep.ts"
import { cutAndResume } from "./cut.ts"
import { look, type Held } from "./held.ts"
import { createImages } from "./images.ts"
import { askForBlobs, list, pullWhole } from "./pulls.ts"
import { deleteEach, deleteRepository } from "./retire.ts"

// What it holds stays bounded: after so many operations it goes on in a new repository, and the oldest is deleted.
const OPERATIONS_PER_REPOSITORY = 60
const REPOSITORIES = 3

/** Where the server is now. */
export interface Place {
  client: Client
  url: string
  root: string
}

export interface Worker {
  /** The repositories that it has not taken away. */
  turns(client: Client): Turn[]
  /** After a start: what became of the change that had no answer. */
  settle(place: Place): Promise<Settled>
  /** Works until the server goes away or the signal comes. Rejects with WrongAnswerError. */
  run(place: Place, signal: AbortSignal): Promise<void>
  /** Answers that did not come although the server was there. */
  lostCount(): number
}

export interface WorkerOptions {
  name: string
  oracle: Oracle
  random: Random
  held: Held
  /** The mean time between two operations. */
  pauseMs: number
}

export function createWorker({ name, oracle, random, held, pauseMs }: WorkerOptions): Worker {
  const images = createImages(held)
  let [operations, retired, lost] = [0, 0, 0]
  let leaving: Turn["repository"] | undefined
  let place: Place | undefined
  const current = () => Math.floor(operations / OPERATIONS_PER_REPOSITORY)
  const turnOf = (number: number, client: Client): Turn => ({
    client,
    oracle,
    random,
    repository: oracle.get(`${name}/r${number}`),
  })
  const shares: readonly [Operation, number][] = [
    [images.pushImage, 10],
    [images.pushMultiArch, 3],
    [images.pushReferrer, 4],
    [images.moveTag, 6],
    [pushBlob, 3],
    [pushBlobAgain, 2],
    [(turn) => cutAndResume(turn, place?.url ?? ""), 3],
    [abandonUpload, 2],
    [pushWrongDigest, 1],
    [mountShared, 3],
    [mountNeighbour, 4],
    [mountMissing, 1],
    [pushIncompleteImage, 1],
    [deleteTag, 3],
    [deleteManifest, 3],
    [(turn) => deleteBlob(held, turn), 2],
    [deleteAbsent, 1],
    [(turn) => pullWhole(held, turn), 8],
    [(turn) => askForBlobs(held, turn), 4],
    [list, 4],
  ]
  const all = shares.flatMap(([operation, share]) => Array.from({ length: share }, () => operation))

  const retire = async ({ client, root }: Place) => {
    for (; retired <= current() - REPOSITORIES; retired++) {
      const turn = turnOf(retired, client)
      if (random.chance(0.5)) await deleteEach(held, turn)
      leaving = turn.repository
      await deleteRepository(held, turn, root)
      leaving = undefined
    }
  }
  const turns = (client: Client) =>
    Array.from({ length: current() - retired + 1 }, (_, at) => turnOf(retired + at, client))
  const settleLast = async (now: Place) => {
    const { client, root } = now
    if (leaving !== undefined) {
      await deleteRepository(held, turnOf(retired, client), root)
      leaving = undefined
      retired++
    }
    const open = turns(client).find(({ repository: { name: one } }) => oracle.open.has(one) || oracle.uploads.has(one))
    return settle(open ?? turnOf(current(), client), images.putAgain)
  }
  return {
    turns,
    settle: settleLast,
    lostCount: () => lost,
    run: async (now, signal) => {
      place = now
      while (!signal.aborted) {
        try {
          await retire(now)
          await random.pick(all)?.(turnOf(current(), now.client))
          operations++
        } catch (error) {
          if (!(error instanceof LostReplyError)) throw error
          if (signal.aborted) return
          // The server is there, and this connection broke all the same: a client asks again.
          lost++
          await settleLast(now)
        }
        await sleepUnless(signal, -Math.log(1 - random.below(1000) / 1000) * pauseMs)
      }
    },
  }
}

async function deleteBlob(held: Held, turn: Turn): Promise<void> {
  const digest = turn.random.pick([...turn.repository.blobs])
  if (digest !== undefined && (await look(held, turn, digest))) await remove(turn, { kind: "delete-blob", digest })
}
