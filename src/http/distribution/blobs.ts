import { parseDigest } from "../../domain/digest.ts"
import { isRegistryError, RegistryError } from "../../domain/errors.ts"
import { parseByteRanges } from "../../domain/range.ts"
import type { BlobRecord } from "../../ports/metadata/blobs.ts"
import type { Blobs } from "../../services/blobs.ts"
import { openBlobBody } from "./blob-body.ts"
import { createMultipart } from "./byte-ranges.ts"
import { respondEmpty, type Call, type Handler } from "./call.ts"
import { isSamePart, isUnchanged } from "./conditional.ts"

interface BlobHandlers {
  get: Handler
  head: Handler
  delete: Handler
}

export function createBlobHandlers(blobs: Blobs, maxRanges: number): BlobHandlers {
  function find(call: Call): Promise<BlobRecord> {
    return blobs.get(call.context, call.repository, parseDigest(call.reference))
  }

  return {
    get: async (call) => {
      const blob = await find(call)
      const headers = describe(call, blob)
      if (isUnchanged(call.request.headers.get("if-none-match"), blob.digest)) {
        return new Response(null, { status: 304, headers })
      }
      const ranges = readRanges(call, blob, maxRanges)
      if (ranges === undefined) {
        const opened = await blobs.open(blob)
        call.context.answerBytes = blob.sizeBytes
        return openBlobBody(opened, { status: 200, headers })
      }
      if (ranges === "unsatisfiable") {
        call.headers["Content-Range"] = `bytes */${blob.sizeBytes}`
        throw new RegistryError("RANGE_UNSATISFIABLE", "the blob has no such bytes", {
          detail: { sizeBytes: blob.sizeBytes },
        })
      }
      const [range, ...others] = ranges
      if (range === undefined || others.length > 0) {
        const multipart = createMultipart(ranges, blob.sizeBytes, (each) => blobs.open(blob, each))
        call.context.answerBytes = multipart.sizeBytes
        return new Response(multipart.body, { status: 206, headers: { ...headers, ...multipart.headers } })
      }
      const contentRange = `bytes ${range.start}-${range.start + range.length - 1}/${blob.sizeBytes}`
      const opened = await blobs.open(blob, range)
      call.context.answerBytes = range.length
      return openBlobBody(opened, {
        status: 206,
        headers: { ...headers, "Content-Range": contentRange },
      })
    },
    head: async (call) => {
      const blob = await find(call).catch(forgetDamaged)
      const headers = describe(call, blob)
      if (isUnchanged(call.request.headers.get("if-none-match"), blob.digest)) {
        return new Response(null, { status: 304, headers })
      }
      return new Response(null, { headers: { ...headers, "Content-Length": String(blob.sizeBytes) } })
    },
    delete: async (call) => {
      await blobs.delete(call.context, call.repository, parseDigest(call.reference))
      return respondEmpty(call, 202, {})
    },
  }
}

/** A client that is told that a blob is here does not push it, and pushing it is what repairs a damaged one. */
function forgetDamaged(error: unknown): never {
  if (isRegistryError(error, "BLOB_DAMAGED")) throw new RegistryError("BLOB_UNKNOWN", "blob unknown to registry")
  throw error
}

function readRanges({ request }: Call, blob: BlobRecord, maximum: number): ReturnType<typeof parseByteRanges> {
  // RFC 9110, "If-Range": a range of something else than the client has is of no use to it.
  const ifRange = request.headers.get("if-range")
  if (ifRange !== null && !isSamePart(ifRange, blob.digest)) return undefined
  return parseByteRanges(request.headers.get("range"), blob.sizeBytes, maximum)
}

function describe(call: Call, { digest }: BlobRecord): Record<string, string> {
  return {
    ...call.headers,
    "Content-Type": "application/octet-stream",
    "Docker-Content-Digest": digest,
    ETag: `"${digest}"`,
    "Cache-Control": "max-age=31536000",
    "Accept-Ranges": "bytes",
  }
}
