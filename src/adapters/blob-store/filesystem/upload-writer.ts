import type { Digest, DigestAlgorithm } from "../../../domain/digest.ts"
import type { BlobKey, UploadState } from "../../../ports/blob-store.ts"
import type { Files } from "../../../ports/files.ts"
import { createChecker, type Checker } from "./checker.ts"
import { createHasher, type Hasher } from "./hasher.ts"
import { uploadPath } from "./layout.ts"
import { createPublish } from "./publish.ts"
import { createUploadSession, describeUpload, type UploadSession } from "./upload-session.ts"
import { fp } from "../../../failpoint.ts"

const READ_BYTES = 2 ** 20
/** Uploads remembered between their requests; one that is not is read back, and loses what was not noted of it. */
const MAX_IDLE = 512
const MAX_SPOILT = 10_000

export interface Piece {
  chunks: Uint8Array<ArrayBuffer>[]
  isFirst: boolean
  /** With the last piece everything is synced, the file closed, and the digest so far given. */
  isLast: boolean
  algorithm: DigestAlgorithm
}

/** What a worker does for the uploads and checks it was given: plain asynchronous code that also runs inline. Calls for one upload come one after the other. */
export interface UploadWriter extends Checker {
  append(uploadId: string, piece: Piece): Promise<UploadState>
  find(uploadId: string, notedBytes: number): Promise<UploadState>
  hash(uploadId: string, algorithm: DigestAlgorithm): Promise<Digest>
  complete(uploadId: string, key: BlobKey): Promise<{ sizeBytes: number }>
  abort(uploadId: string): Promise<void>
}

/** What is known of an upload between its requests. */
interface IdleUpload {
  syncedBytes: number
  hasher: Hasher | undefined
}

export function createUploadWriter(root: string, files: Files, maxSpoilt = MAX_SPOILT): UploadWriter {
  const sessions = new Map<string, UploadSession>()
  const idle = new Map<string, IdleUpload>()
  /** Uploads whose file was given up and could not be removed: nothing of it counts, and it goes before anything is done. */
  const spoilt = new Set<string>()
  /** There were too many to remember: from then on only what was written since, and is remembered as such, is sound. */
  let mistrusts = false
  const publish = createPublish(root, files)

  async function openSession(uploadId: string, algorithm: DigestAlgorithm): Promise<UploadSession> {
    await ensureSound(uploadId)
    const file = await files.open(uploadPath(root, uploadId), "append")
    fp("upload.opened")
    const sizeBytes = await file.size()
    const kept = idle.get(uploadId)?.hasher
    const fresh = sizeBytes === 0 ? createHasher(algorithm) : undefined
    // A hasher that did not see exactly the bytes on storage is void.
    const session = createUploadSession(file, sizeBytes, kept?.sizeBytes === sizeBytes && sizeBytes > 0 ? kept : fresh)
    sessions.set(uploadId, session)
    return session
  }

  async function append(uploadId: string, piece: Piece): Promise<UploadState> {
    const session = piece.isFirst ? await openSession(uploadId, piece.algorithm) : sessions.get(uploadId)
    if (session === undefined) throw new Error("an earlier piece of this upload could not be written")
    try {
      return await write(uploadId, session, piece)
    } catch (error) {
      // After a failed write or sync nobody knows what the file holds: it goes, and the upload begins anew. That
      // cleaning up may fail on the same disk adds nothing to the first failure, which is the one to report.
      await abort(uploadId).catch(() => {
        if (spoilt.size < maxSpoilt) spoilt.add(uploadId)
        else mistrusts = true
      })
      throw error
    }
  }

  async function write(uploadId: string, session: UploadSession, { chunks, isLast }: Piece): Promise<UploadState> {
    if (chunks.length > 0) await session.write(chunks)
    // Given back at once: the collector would let the memory of many uploads pile up first.
    for (const { buffer } of chunks) buffer.transfer(0)
    if (!isLast) return { sizeBytes: 0 }
    const state = await session.finish()
    sessions.delete(uploadId)
    keepIdle(uploadId, { syncedBytes: state.sizeBytes, hasher: session.hasher })
    return state
  }

  function keepIdle(uploadId: string, upload: IdleUpload): void {
    idle.delete(uploadId)
    idle.set(uploadId, upload)
    if (idle.size <= MAX_IDLE) return
    const [oldest] = idle.keys()
    if (oldest !== undefined) idle.delete(oldest)
  }

  async function abort(uploadId: string): Promise<void> {
    const session = sessions.get(uploadId)
    sessions.delete(uploadId)
    idle.delete(uploadId)
    await session?.discard()
    await files.unlink(uploadPath(root, uploadId))
    fp("upload.removed")
    spoilt.delete(uploadId)
  }

  async function isSpoilt(uploadId: string): Promise<boolean> {
    if (spoilt.has(uploadId)) return true
    if (!mistrusts || sessions.has(uploadId) || idle.has(uploadId)) return false
    return (await files.findSize(uploadPath(root, uploadId))) !== undefined
  }

  /** A second sync of such a file would say that all is well, of bytes that the system has dropped. */
  async function ensureSound(uploadId: string): Promise<void> {
    if (await isSpoilt(uploadId)) await abort(uploadId)
  }

  /** Amid a request: what it has seen of the upload is not there any more. */
  async function refuseSpoilt(uploadId: string): Promise<void> {
    if (!(await isSpoilt(uploadId))) return
    await abort(uploadId)
    throw new Error("this upload was given up after a failure of the storage")
  }

  async function hash(uploadId: string, algorithm: DigestAlgorithm): Promise<Digest> {
    const hasher = createHasher(algorithm)
    await refuseSpoilt(uploadId)
    const path = uploadPath(root, uploadId)
    if ((await files.findSize(path)) === undefined) return hasher.digest()
    const file = await files.open(path, "read")
    try {
      const buffer = new Uint8Array(READ_BYTES)
      for (let count = await file.read(buffer, 0); count > 0; count = await file.read(buffer, hasher.sizeBytes)) {
        hasher.update(buffer.subarray(0, count))
      }
    } finally {
      await file.close()
    }
    fp("upload.read_back")
    return hasher.digest()
  }

  /** Should the power be cut before this is durable, it is done again. */
  async function cutOff(uploadId: string, sizeBytes: number): Promise<void> {
    const file = await files.open(uploadPath(root, uploadId), "append")
    try {
      await file.truncate(sizeBytes)
    } finally {
      await file.close()
    }
  }

  return {
    ...createChecker(files, root),
    append,
    find: async (uploadId, notedBytes) => {
      await ensureSound(uploadId)
      const sizeBytes = (await files.findSize(uploadPath(root, uploadId))) ?? 0
      const known = idle.get(uploadId)
      const isSynced = sizeBytes <= notedBytes || known?.syncedBytes === sizeBytes
      // Bytes that are coming in at this moment are nobody's remains.
      if (isSynced || sessions.has(uploadId)) return describeUpload(sizeBytes, known?.hasher)
      await cutOff(uploadId, notedBytes)
      return { sizeBytes: notedBytes }
    },
    hash,
    complete: async (uploadId, key) => {
      await refuseSpoilt(uploadId)
      const path = uploadPath(root, uploadId)
      const sizeBytes = await files.findSize(path)
      // An empty blob was never appended to.
      if (sizeBytes === undefined) await append(uploadId, EMPTY)
      await publish(path, key)
      idle.delete(uploadId)
      return { sizeBytes: sizeBytes ?? 0 }
    },
    abort,
  }
}

const EMPTY: Piece = { chunks: [], isFirst: true, isLast: true, algorithm: "sha256" }
