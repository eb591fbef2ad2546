import { WrongAnswerError } from "../client.ts"
import { digestOf } from "../content.ts"
import { newImage, newIndex } from "../operations/manifests.ts"
import { pushBlob } from "../operations/push-blob.ts"
import { putManifest } from "../operations/push-manifest.ts"
import { randomWay, upload } from "../operations/upload.ts"
import type { Random } from "../random.ts"
import type { Change, PushedManifest } from "../repository.ts"
import type { Operation, Turn } from "../turn.ts"
import { look, type Held } from "./held.ts"

type PutManifest = Change & { kind: "put-manifest" }

const TAGS = ["latest", "1", "1.0", "1.0.0", "edge", "main", "_", "v2-rc.1"]

/** What pushes manifests as clients do: it asks for each blob, sends those that are gone, and relies on what it was told. */
export interface Images {
  pushImage: Operation
  /** With an image for each of some platforms. */
  pushMultiArch: Operation
  pushReferrer: Operation
  moveTag: Operation
  /** One that was pushed, perhaps deleted since. */
  putAgain: (turn: Turn, what: PutManifest) => Promise<void>
}

export function createImages(held: Held): Images {
  const ensureBlobs = async (turn: Turn, digests: readonly string[]) => {
    for (const digest of new Set(digests)) {
      if (await look(held, turn, digest)) continue
      const content = turn.repository.contents.get(digest)
      if (content === undefined) throw new Error(`nobody knows what ${digest} was`)
      await upload(turn, digest, content, randomWay(turn.random))
    }
  }
  const put = async (turn: Turn, what: PutManifest) => {
    await ensureBlobs(turn, what.manifest.blobs)
    try {
      await putManifest(turn, what)
    } catch (error) {
      // Who takes longer than the grace period was promised nothing.
      const { oracle, repository } = turn
      const isLate = what.manifest.blobs.some((digest) => !held.isHeld(repository, digest))
      if (!(error instanceof WrongAnswerError) || !isLate || oracle.open.has(repository.name)) throw error
    }
  }
  const pushNew = async (turn: Turn, manifest: PushedManifest, tags: string[]) => {
    // A single tag in the path says nothing of the algorithm.
    const algorithm = turn.random.chance(0.1) && tags.length !== 1 ? "sha512" : "sha256"
    const digest = digestOf(manifest.text, algorithm)
    await put(turn, { kind: "put-manifest", digest, manifest, tags })
    return digest
  }
  const someBlobs = async (turn: Turn) => {
    await pushBlob(turn)
    const known = [...turn.repository.contents.keys()]
    return Array.from({ length: turn.random.between(1, 4) }, () => turn.random.pick(known) ?? "")
  }
  const newPicked = async (turn: Turn, subject?: string) => newImage(turn, await someBlobs(turn), subject)
  return {
    pushImage: async (turn) => void (await pushNew(turn, await newPicked(turn), randomTags(turn.random))),
    pushMultiArch: async (turn) => {
      const children = [...turn.repository.manifests].filter(() => turn.random.chance(0.1)).slice(0, 2)
      for (let left = turn.random.between(1, 2); left > 0; left--) {
        const child = await pushNew(turn, await newPicked(turn), [])
        if (turn.repository.manifests.has(child)) children.push(child)
      }
      await pushNew(turn, newIndex(turn, children), randomTags(turn.random))
    },
    pushReferrer: async (turn) => {
      const { random, repository } = turn
      const subject = random.chance(0.2)
        ? digestOf(String(random.below(2 ** 32)))
        : random.pick([...repository.pushed.keys()])
      if (subject !== undefined) await pushNew(turn, await newPicked(turn, subject), [])
    },
    moveTag: async (turn) => {
      const { random, repository } = turn
      const [digest, manifest] = random.pick([...repository.pushed]) ?? []
      const tag = random.pick(TAGS)
      if (manifest === undefined || digest === undefined || tag === undefined) return
      // Its digest is taken anew from the bytes, with the algorithm that a push by tag uses.
      if (!digest.startsWith("sha256:") || !manifest.children.every((child) => repository.manifests.has(child))) return
      await put(turn, { kind: "put-manifest", digest, manifest, tags: [tag] })
    },
    putAgain: put,
  }
}

function randomTags(random: Random): string[] {
  return random.chance(0.2) ? [] : TAGS.filter(() => random.chance(0.15))
}
