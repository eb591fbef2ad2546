import { isDigestAlgorithm, parseDigest } from "../../domain/digest.ts"
import { parseContentRange } from "../../domain/content-range.ts"
import { OffsetMismatchError } from "../../domain/errors.ts"
import { isRepositoryName, type RepositoryName } from "../../domain/repository-name.ts"
import type { Blobs } from "../../services/blobs.ts"
import type { UploadChunk, Uploads, UploadStatus, UploadTarget } from "../../services/uploads.ts"
import { parseContentLength, type BodyOpener } from "../request-body.ts"
import { respondEmpty, type Call, type Handler } from "./call.ts"

interface UploadHandlers {
  create: Handler
  get: Handler
  patch: Handler
  put: Handler
  delete: Handler
}

interface Dependencies {
  uploads: Uploads
  blobs: Blobs
  openBody: BodyOpener
}

/** Chunks of any size are taken; smaller ones than this cost more than they save. */
const CHUNK_MIN_BYTES = 1024 * 1024

export function createUploadHandlers({ uploads, blobs, openBody }: Dependencies): UploadHandlers {
  function readChunk({ request }: Call): UploadChunk {
    const lengthBytes = parseContentLength(request)
    const body = lengthBytes === 0 ? null : request.body
    return {
      openBody: body === null ? undefined : (signal) => openBody(body, signal),
      lengthBytes,
      range: parseContentRange(request.headers.get("content-range")),
    }
  }

  async function complete(call: Call, target: UploadTarget, chunk: UploadChunk): Promise<Response> {
    // Two different digests join to a text that is none.
    const digest = [...new Set(call.query.getAll("digest"))].join(",")
    const blob = await uploads.complete(call.context, target, { ...chunk, digest })
    return respondBlob(call, target.repository, blob.digest)
  }

  async function mount(call: Call, repository: RepositoryName): Promise<Response | undefined> {
    const wanted = call.query.get("mount")
    if (wanted === null) return undefined
    const digest = parseDigest(wanted)
    const from = call.query.get("from")
    // A name that cannot be is a repository that is not there.
    if (from !== null && !isRepositoryName(from)) return undefined
    const isMounted = await blobs.mount(call.context, digest, { to: repository, ...(from !== null && { from }) })
    return isMounted ? respondBlob(call, repository, digest) : undefined
  }

  return {
    create: async (call) => {
      const { repository } = call
      const mounted = await mount(call, repository)
      if (mounted !== undefined) return mounted
      const hint = call.query.get("digest-algorithm") ?? "sha256"
      const upload = await uploads.create(call.context, repository, isDigestAlgorithm(hint) ? hint : "sha256")
      if (!call.query.has("digest")) return respondStatus(call, repository, { status: 202, upload })
      const target = { repository, id: upload.id }
      try {
        return await complete(call, target, readChunk(call))
      } catch (error) {
        // Nobody was told of this upload: there is nobody who could go on with it.
        await uploads.cancel(call.context, target).catch(() => undefined)
        throw error
      }
    },
    get: async (call) => {
      const target = parseTarget(call)
      const upload = await uploads.get(call.context, target)
      return respondStatus(call, target.repository, { status: 204, upload })
    },
    patch: (call) =>
      withOffsets(call, async (target) => {
        const upload = await uploads.append(call.context, target, readChunk(call))
        return respondStatus(call, target.repository, { status: 202, upload })
      }),
    put: (call) =>
      withOffsets(call, async (target) => {
        return complete(call, target, readChunk(call))
      }),
    delete: async (call) => {
      const target = parseTarget(call)
      await uploads.cancel(call.context, target)
      return respondEmpty(call, 204, { "Docker-Upload-UUID": target.id })
    },
  }
}

function parseTarget({ repository, reference }: Call): UploadTarget {
  return { repository, id: reference }
}

/** A chunk out of order is told where the upload is, in the headers that a status has. */
async function withOffsets(call: Call, run: (target: UploadTarget) => Promise<Response>): Promise<Response> {
  const target = parseTarget(call)
  try {
    return await run(target)
  } catch (error) {
    if (error instanceof OffsetMismatchError) {
      const status = describeStatus(call, target.repository, { id: error.uploadId, sizeBytes: error.sizeBytes })
      Object.assign(call.headers, status)
    }
    throw error
  }
}

function respondStatus(
  call: Call,
  repository: RepositoryName,
  { status, upload }: { status: number; upload: UploadStatus },
): Response {
  return respondEmpty(call, status, {
    ...describeStatus(call, repository, upload),
    ...(call.request.method === "POST" && { "OCI-Chunk-Min-Length": String(CHUNK_MIN_BYTES) }),
  })
}

function describeStatus(
  call: Call,
  repository: RepositoryName,
  { id, sizeBytes }: UploadStatus,
): Record<string, string> {
  return {
    Location: call.locate(`${repository}/blobs/uploads/${id}`),
    // Inclusive, and so the same for no byte and for one: distribution's form, which clients know.
    Range: `0-${Math.max(sizeBytes - 1, 0)}`,
    "Docker-Upload-UUID": id,
  }
}

function respondBlob(call: Call, repository: RepositoryName, digest: string): Response {
  return respondEmpty(call, 201, {
    Location: call.locate(`${repository}/blobs/${digest}`),
    "Docker-Content-Digest": digest,
  })
}
