import { createMemoryBlobStore } from "../adapters/blob-store/memory/memory.ts"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { createManualClock } from "../ports/metadata/fixture.contract.ts"
import type { RequestContext } from "./request-context.ts"
import { createUploads, type UploadLimits } from "./uploads.ts"

/** The uploads service on memory adapters, with a clock that tests set. */
export async function openUploads(limits: UploadLimits = { openUploads: 10, blobBytes: 0 }) {
  const clock = createManualClock()
  const metadata = await createMetadata({ path: ":memory:", clock })
  let created = 0
  const ids = { create: () => `upload-${++created}` }
  const store = createMemoryBlobStore()
  const uploads = createUploads({ uploads: metadata.uploads, blobs: metadata.blobs, store, clock, ids, limits })
  return { uploads, metadata, store, clock }
}

export function contextOf(user: string): RequestContext {
  const { signal } = new AbortController()
  return { actor: { id: user, quotaKey: `user:${user}` }, requestId: "1", signal, log: createMemoryLogger() }
}
