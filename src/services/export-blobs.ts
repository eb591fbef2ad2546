import { RegistryError } from "../domain/errors.ts"
import type { Digest } from "../domain/digest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import type { BlobRecords } from "../ports/metadata/blobs.ts"
import type { ExportRecords } from "../ports/metadata/exports.ts"

/** A blob that was pushed anew while its first copy was given up lies where distribution does not look. */
export interface BlobExport {
  /** Sees to it that the blob's bytes are in their first place. Nothing may be collected meanwhile. */
  ensure(repository: RepositoryName, digest: Digest): Promise<void>
}

interface Dependencies {
  blobs: Pick<BlobRecords, "find">
  records: Pick<ExportRecords, "putFirst">
  store: Pick<BlobStore, "copy" | "findSize">
}

export function createBlobExport({ blobs, records, store }: Dependencies): BlobExport {
  return {
    ensure: async (repository, digest) => {
      const blob = await blobs.find(repository, digest)
      // Deleted since it was listed, or where it should be.
      if (blob === undefined || blob.generation === 0) return
      // A copy that is lost or damaged is for fsck and the scrub to tell of.
      if (!(await store.copy(blob, 0))) return
      const { generation, sizeBytes } = blob
      await records.putFirst({ digest, generation, sizeBytes })
      if ((await store.findSize({ digest, generation: 0 })) === sizeBytes) return
      throw new RegistryError("STORAGE_FAILED", `the copy of ${digest} for distribution has gone: export again`)
    },
  }
}
