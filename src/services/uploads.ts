import type { ContentRange } from "../domain/content-range.ts"
import { digestAlgorithm, parseDigest, type Digest, type DigestAlgorithm } from "../domain/digest.ts"
import { digestMismatch, OffsetMismatchError, RegistryError } from "../domain/errors.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { BlobStore, UploadState } from "../ports/blob-store.ts"
import type { Clock } from "../ports/clock.ts"
import type { Ids } from "../ports/ids.ts"
import type { BlobRecord, BlobRecords } from "../ports/metadata/blobs.ts"
import type { UploadRecord, UploadRecords } from "../ports/metadata/uploads.ts"
import type { Events } from "./events.ts"
import type { RequestContext } from "./request-context.ts"
import { createUploadTurns } from "./upload-turns.ts"
import { fp } from "../failpoint.ts"

export interface UploadTarget {
  repository: RepositoryName
  id: string
}

/** Where an upload is. */
export interface UploadStatus {
  id: string
  sizeBytes: number
}

/** What a request brings to an upload. */
export interface UploadChunk {
  /** Nothing where the request has no body. `signal` tells the body to end early. */
  openBody: ((signal: AbortSignal) => AsyncIterable<Uint8Array>) | undefined
  /** Bytes, where the request says so. */
  lengthBytes: number | undefined
  range: ContentRange | undefined
}

export interface Uploads {
  /** Throws UPLOAD_LIMIT when the caller has too many open. */
  create(context: RequestContext, repository: RepositoryName, algorithm: DigestAlgorithm): Promise<UploadStatus>
  /** Throws UPLOAD_UNKNOWN, as the others do, also for an upload of another caller or repository. */
  get(context: RequestContext, target: UploadTarget): Promise<UploadStatus>
  /** Throws an OffsetMismatchError, nothing stored and the upload as it was, for a chunk that does not begin at its end. */
  append(context: RequestContext, target: UploadTarget, chunk: UploadChunk): Promise<UploadStatus>
  /**
   * Turns the upload into a blob of the repository. `digest` is read after the range (distribution-spec, "Pushing a blob
   * in chunks"); one that cannot be read leaves the upload as it was, a wrong one ends it.
   */
  complete(context: RequestContext, target: UploadTarget, last: LastChunk): Promise<BlobRecord>
  cancel(context: RequestContext, target: UploadTarget): Promise<void>
  /** Ends the uploads that nobody has gone on with for `ageSeconds`; gives how many. */
  purge(ageSeconds: number): Promise<number>
  /** Removes the bytes of a day ago and older that no upload has: a copy that was killed leaves them. Gives how many. */
  removeStrays(): Promise<number>
  /** How many `purge` would end, counted up to a thousand. */
  countAbandoned(ageSeconds: number): Promise<number>
}

export type LastChunk = UploadChunk & { digest: string }

interface Dependencies {
  uploads: UploadRecords
  blobs: BlobRecords
  store: BlobStore
  clock: Clock
  ids: Ids
  limits: UploadLimits
  /** `undefined`: nobody is to be told of anything. */
  events?: Events | undefined
}

export interface UploadLimits {
  /** Open uploads of one user, or of one address where the caller is anonymous. */
  openUploads: number
  /** Zero: no limit. */
  blobBytes: number
}

/** An upload that was idle for so long no longer counts against its owner. */
const OPEN_FOR_MS = 60 * 60 * 1000
const PURGE_STEP = 100
const COUNT_AT_MOST = 1000
/** Whoever writes bytes without an upload, as a copy does, has long ended. */
const STRAY_MS = 24 * 60 * 60 * 1000

export function createUploads({ uploads, blobs, store, clock, ids, limits, events }: Dependencies): Uploads {
  const turns = createUploadTurns()

  async function getOwn(context: RequestContext, { repository, id }: UploadTarget): Promise<UploadRecord> {
    const upload = await uploads.find(id)
    if (upload?.repository === repository && upload.owner === context.actor.id) return upload
    throw unknownUpload()
  }

  /** An upload with what is on storage for it. Where acknowledged bytes are gone, the upload is: it must begin anew. */
  async function open(
    context: RequestContext,
    target: UploadTarget,
  ): Promise<{ upload: UploadRecord; state: UploadState }> {
    const upload = await getOwn(context, target)
    const state = await store.findUpload(upload.id, upload.offset)
    if (state.sizeBytes >= upload.offset) return { upload, state }
    await end(upload.id)
    throw unknownUpload()
  }

  async function append(upload: UploadRecord, chunk: UploadChunk, work: AppendWork): Promise<UploadState> {
    if (chunk.openBody === undefined) return work.state
    const room = limits.blobBytes === 0 ? Infinity : limits.blobBytes - work.state.sizeBytes
    if ((chunk.lengthBytes ?? 0) > room) throw tooLarge(limits.blobBytes)
    const body = chunk.openBody(work.signal)
    const limited = room === Infinity ? body : limitBytes(body, room, limits.blobBytes)
    return store.append(upload.id, limited, { algorithm: work.algorithm })
  }

  /** Taking the turn ends the present holder's, so who may is asked before; `work` asks again, for the upload may be gone by then. */
  async function takeTurn<T>(
    context: RequestContext,
    target: UploadTarget,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    await getOwn(context, target)
    return turns.take(target.id, work)
  }

  async function end(id: string): Promise<void> {
    await store.abort(id)
    fp("upload.ended")
    await uploads.delete(id)
  }

  /** Somebody may have gone on with the upload since it was listed; whoever works on it now must not be disturbed. */
  async function purgeOne(id: string, before: number): Promise<number> {
    if (turns.isTaken(id)) return 0
    return turns.take(id, async () => {
      if (!(await uploads.isAbandoned(id, before))) return 0
      await end(id)
      return 1
    })
  }

  /**
   * Between the file and its row an older copy under the same key may have been collected, and the file with it. From the
   * row on nothing collects it any more: if it is there now it stays.
   */
  async function confirm(blob: BlobRecord): Promise<void> {
    if ((await store.findSize(blob)) === blob.sizeBytes) return
    throw new RegistryError("STORAGE_FAILED", "the stored blob was removed at the same time: push it again")
  }

  /** The digest of all bytes: as they passed, else as the row has it for exactly these bytes, else read back. */
  async function computeDigest(upload: UploadRecord, state: UploadState, algorithm: DigestAlgorithm): Promise<Digest> {
    const known = state.digest ?? (upload.offset === state.sizeBytes ? upload.digest : undefined)
    if (known !== undefined && digestAlgorithm(known) === algorithm) return known
    return store.hashUpload(upload.id, algorithm)
  }

  return {
    create: async (context, repository, algorithm) => {
      const id = ids.create()
      const { id: owner, quotaKey } = context.actor
      const limit = { maxOpen: limits.openUploads, activeSince: clock.now() - OPEN_FOR_MS }
      if (!(await uploads.create({ id, repository, owner, quotaKey, algorithm, offset: 0 }, limit))) {
        throw new RegistryError("UPLOAD_LIMIT", "too many open uploads: finish or cancel some of them first")
      }
      return { id, sizeBytes: 0 }
    },
    get: async (context, target) => {
      const { upload, state } = await open(context, target)
      return { id: upload.id, sizeBytes: state.sizeBytes }
    },
    append: (context, target, chunk) =>
      takeTurn(context, target, async (signal) => {
        const { upload, state: before } = await open(context, target)
        checkRange(upload.id, before.sizeBytes, chunk)
        const { algorithm } = upload
        const state = await append(upload, chunk, { algorithm, state: before, signal })
        const progress = { algorithm, offset: state.sizeBytes, ...(state.digest && { digest: state.digest }) }
        await uploads.update(upload.id, progress)
        return { id: upload.id, sizeBytes: state.sizeBytes }
      }),
    complete: (context, target, last) =>
      takeTurn(context, target, async (signal) => {
        const { upload, state: before } = await open(context, target)
        checkRange(upload.id, before.sizeBytes, last)
        const digest = parseDigest(last.digest)
        const algorithm = digestAlgorithm(digest)
        const state = await append(upload, last, { algorithm, state: before, signal })
        const computed = await computeDigest(upload, state, algorithm)
        if (computed !== digest) {
          await end(upload.id)
          throw digestMismatch(digest, computed)
        }
        const generation = await blobs.nextGeneration(digest)
        const { sizeBytes } = await store.complete(upload.id, { digest, generation })
        const blob = { digest, generation, sizeBytes }
        const { repository } = upload
        const told = events?.describeBlobPush(context, repository, blob)
        await blobs.put(blob, { repository, uploadId: upload.id, ...(told !== undefined && { events: told }) })
        await confirm(blob)
        return blob
      }),
    cancel: (context, target) =>
      takeTurn(context, target, async () => {
        const { id } = await getOwn(context, target)
        await end(id)
      }),
    countAbandoned: async (ageSeconds) =>
      (await uploads.listAbandoned(clock.now() - ageSeconds * 1000, COUNT_AT_MOST)).length,
    purge: async (ageSeconds) => {
      const before = clock.now() - ageSeconds * 1000
      let purged = 0
      for (;;) {
        const abandoned = (await uploads.listAbandoned(before, PURGE_STEP)).filter(({ id }) => !turns.isTaken(id))
        if (abandoned.length === 0) return purged
        for (const { id } of abandoned) purged += await purgeOne(id, before)
      }
    },
    removeStrays: async () => {
      const before = clock.now() - STRAY_MS
      let removed = 0
      for (const { id, modifiedAt } of await store.listUploads()) {
        // An upload has its row before it has bytes, and keeps it until they are gone.
        if (modifiedAt > before || turns.isTaken(id) || (await uploads.find(id)) !== undefined) continue
        await store.abort(id)
        removed++
      }
      return removed
    },
  }
}

interface AppendWork {
  algorithm: DigestAlgorithm
  state: UploadState
  signal: AbortSignal
}

function unknownUpload(): RegistryError {
  return new RegistryError("UPLOAD_UNKNOWN", "blob upload unknown to registry")
}

/** Before the digest and before the body: a chunk out of order stores nothing (distribution-spec, "Pushing a blob in chunks"). */
function checkRange(uploadId: string, sizeBytes: number, { range, lengthBytes }: UploadChunk): void {
  if (range === undefined) return
  if (range.start !== sizeBytes) throw new OffsetMismatchError(uploadId, sizeBytes)
  if (lengthBytes !== undefined && lengthBytes !== range.end - range.start + 1) {
    throw new RegistryError("SIZE_INVALID", "Content-Range and Content-Length differ", {
      detail: { ...range, lengthBytes },
    })
  }
}

async function* limitBytes(body: AsyncIterable<Uint8Array>, room: number, limit: number): AsyncIterable<Uint8Array> {
  let count = 0
  for await (const chunk of body) {
    count += chunk.length
    if (count > room) throw tooLarge(limit)
    yield chunk
  }
}

function tooLarge(limit: number): RegistryError {
  return new RegistryError("BLOB_TOO_LARGE", `the blob is larger than limits.blobbytes allows: ${limit}`)
}
