import { digestAlgorithm, type Digest } from "../domain/digest.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import type { Ids } from "../ports/ids.ts"
import type { ManifestRecords } from "../ports/metadata/manifests.ts"
import { fp } from "../failpoint.ts"

/** distribution keeps manifests among the blobs. */
export interface ManifestExport {
  /** Sees to it that the manifest's bytes are there. */
  ensure(digest: Digest): Promise<void>
}

interface Dependencies {
  manifests: Pick<ManifestRecords, "findBytes">
  store: Pick<BlobStore, "findSize" | "append" | "complete" | "abort">
  ids: Ids
}

export function createManifestExport({ manifests, store, ids }: Dependencies): ManifestExport {
  return {
    ensure: async (digest) => {
      const key = { digest, generation: 0 }
      const bytes = await manifests.findBytes(digest)
      // Deleted since it was listed.
      if (bytes === undefined || (await store.findSize(key)) === bytes.length) return
      const upload = ids.create()
      try {
        await store.append(upload, oneOf(bytes), { algorithm: digestAlgorithm(digest) })
        fp("export.manifest_written")
        await store.complete(upload, key)
      } catch (error) {
        await store.abort(upload).catch(() => undefined)
        throw error
      }
    },
  }
}

async function* oneOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
