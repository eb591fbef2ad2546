import { expectStatus, WrongAnswerError } from "../client.ts"
import { contentBytes, digestOf, type Content } from "../content.ts"
import type { OpenUpload } from "../ledger.ts"
import { deleteAbsent, deleteBlob, deleteManifest, deleteTag, remove } from "../operations/delete.ts"
import { mountNeighbour, mountShared } from "../operations/mount-blob.ts"
import { openUpload, sendChunk, upload, type Way } from "../operations/upload.ts"
import { newImage } from "../operations/manifests.ts"
import { moveTag, pushImage, pushIndex, pushReferrer, putManifest } from "../operations/push-manifest.ts"
import {
  deleteRepository,
  purgeRepository,
  restoreManifest,
  restoreRepository,
  restoreTag,
} from "../operations/undo.ts"
import type { Random } from "../random.ts"
import { resumeUpload } from "../resume.ts"
import type { Operation, Turn } from "../turn.ts"

const WAYS: readonly Way[] = ["single post", "post and put", "one patch", "chunks"]

function randomWay(random: Random): Way {
  return random.pick(WAYS) ?? "one patch"
}

const pushNew: Operation = async (turn) => {
  const content = newContent(turn.random)
  const digest = digestOf(contentBytes(content), turn.random.chance(0.15) ? "sha512" : "sha256")
  await upload(turn, digest, content, randomWay(turn.random))
}

/** What is there already, or was: the copy that others read is replaced, or comes back. */
const pushAgain: Operation = async (turn) => {
  const [digest, content] = turn.random.pick([...turn.repository.contents]) ?? []
  if (digest === undefined || content === undefined) return
  await upload(turn, digest, content, randomWay(turn.random))
}

/** What was deleted and may be on its way out: the same content has to come anew, or stay. */
export const pushDeleted: Operation = async (turn) => {
  const { blobs, contents } = turn.repository
  const [digest, content] = turn.random.pick([...contents].filter(([each]) => !blobs.has(each))) ?? []
  if (digest !== undefined && content !== undefined) await upload(turn, digest, content, randomWay(turn.random))
}

/** A body that ends midway; then the client asks where it is and goes on. */
const pushInterrupted: Operation = async (turn) => {
  const { client, oracle, random, repository } = turn
  const content = newContent(random)
  const digest = digestOf(contentBytes(content))
  const opened: OpenUpload = { digest, content, location: await openUpload(turn), ackedBytes: 0 }
  oracle.record({ at: "upload", repository: repository.name, upload: opened })
  const first = content.sizeBytes > 2 && random.chance(0.5)
  const begun = first ? await sendChunk(turn, opened, random.between(1, content.sizeBytes - 1), "chunks") : opened
  const rest = contentBytes(content).subarray(begun.ackedBytes)
  const body = cutStream(rest.subarray(0, random.below(rest.length + 1)), random.between(100, 2000))
  const reply = await client.send({ method: "PATCH", path: begun.location, body })
  if (reply.status < 400) throw new WrongAnswerError(`a body that broke off was answered with ${reply.status}`)
  await resumeUpload(turn, begun)
}

/** An upload that its client gives up, with or without saying so. */
const abandon: Operation = async (turn) => {
  const { client, random } = turn
  const location = await openUpload(turn)
  const body = contentBytes(newContent(random))
  const sent = await expectStatus(client, { method: "PATCH", path: location, body }, [202])
  const latest = sent.headers.get("Location") ?? location
  if (random.chance(0.5)) await expectStatus(client, { method: "DELETE", path: latest }, [204])
}

/** The digest of other bytes: the push is refused, and nothing is to be found under it. */
const pushWrong: Operation = async ({ client, oracle, random, repository }) => {
  const digest = digestOf(`not these bytes but ${random.below(2 ** 32)}`)
  oracle.record({ at: "absent", repository: repository.name, kind: "blob", digest })
  const path = `/v2/${repository.name}/blobs/uploads/?digest=${digest}`
  await expectStatus(client, { method: "POST", path, body: contentBytes(newContent(random)) }, [400])
}

const withBlobs =
  (operation: Operation): Operation =>
  async (turn) => {
    if (turn.repository.blobs.size === 0) await pushNew(turn)
    await operation(turn)
  }

// How often each is done, in relation to the others: a power cut has most to choose from while blobs are pushed.
const SHARES: readonly [Operation, number][] = [
  [pushNew, 14],
  [pushAgain, 8],
  [pushInterrupted, 4],
  [abandon, 2],
  [pushWrong, 1],
  [mountShared, 2],
  [mountNeighbour, 3],
  [withBlobs(pushImage), 4],
  [pushIndex, 1],
  [withBlobs(pushReferrer), 1],
  [moveTag, 1],
  [deleteTag, 1],
  [deleteManifest, 1],
  [deleteBlob, 3],
  [deleteAbsent, 1],
  [deleteRepository, 1],
  [purgeRepository, 1],
  [restoreTag, 1],
  [restoreManifest, 2],
  [restoreRepository, 1],
]
const OPERATIONS = SHARES.flatMap(([operation, share]) => Array.from({ length: share }, () => operation))

export async function doSomething(turn: Turn): Promise<void> {
  await turn.random.pick(OPERATIONS)?.(turn)
}

/** For those who mount. */
export async function fillShared(turn: Turn): Promise<void> {
  for (let n = 0; n < 2; n++) await pushNew(turn)
  const manifest = newImage(turn, [...turn.repository.blobs])
  // What a manifest names is not collected.
  await putManifest(turn, { kind: "put-manifest", digest: digestOf(manifest.text), manifest, tags: ["kept"] })
}

/**
 * Deletes the blobs that no manifest names: a collector may take them at any time, and the ledger does not know when. From
 * now on nothing that was deleted before can be restored.
 */
export async function giveUpUnnamed(turn: Turn): Promise<void> {
  const { blobs, manifests, pushed } = turn.repository
  const named = new Set([...manifests].flatMap((digest) => pushed.get(digest)?.blobs ?? []))
  for (const digest of [...blobs].filter((each) => !named.has(each)))
    await remove(turn, { kind: "delete-blob", digest })
  turn.oracle.record({ at: "collected", repository: turn.repository.name })
}

function newContent(random: Random): Content {
  // Several pushes of the same at once, and digests with the same beginning: they share directories on the disk.
  const neighbour = random.chance(0.6) ? random.pick(findNeighbours()) : undefined
  return neighbour ?? { seed: random.below(2 ** 32), sizeBytes: randomSize(random) }
}

function randomSize(random: Random): number {
  if (random.chance(0.1)) return random.below(2)
  // Up to a few pages, so that a write can be torn at a sector and at a page.
  return random.between(1, random.chance(0.3) ? 12_000 : 2000)
}

let neighbours: Content[] | undefined

/** Twelve contents whose digests begin with one of two bytes. */
function findNeighbours(): Content[] {
  if (neighbours !== undefined) return neighbours
  neighbours = []
  for (let seed = 1; neighbours.length < 12; seed++) {
    const content = { seed, sizeBytes: 64 + (seed % 7) * 300 }
    if (/^sha256:0[12]/.test(digestOf(contentBytes(content)))) neighbours.push(content)
  }
  return neighbours
}

function cutStream(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (sent >= bytes.length) return controller.error(new Error("the client has gone away"))
      controller.enqueue(bytes.slice(sent, sent + size))
      sent += size
    },
  })
}
