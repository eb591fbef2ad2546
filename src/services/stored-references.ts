import type { ManifestReference } from "../domain/manifest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import type { BlobRecords } from "../ports/metadata/blobs.ts"
import { chunksOf } from "./steps.ts"

/** Gives those blobs of a manifest that the metadata has and the storage has not, or not with all their bytes. */
export type FindLost = (repository: RepositoryName, references: ManifestReference[]) => Promise<ManifestReference[]>

interface Dependencies {
  blobs: Pick<BlobRecords, "find">
  store: Pick<BlobStore, "findSize">
}

/** Files that are looked at together. */
const WIDTH = 16

/**
 * Nobody but the collector removes blobs while this server has the directory; but distribution's own collector may have
 * had it in between. A client that is told of what is lost pushes it again, and that repairs it.
 */
export function createFindLost({ blobs, store }: Dependencies): FindLost {
  async function isLost(repository: RepositoryName, { kind, digest, isRequired }: ManifestReference): Promise<boolean> {
    if (!isRequired || (kind !== "config" && kind !== "layer")) return false
    const blob = await blobs.find(repository, digest)
    return blob !== undefined && (await store.findSize(blob)) !== blob.sizeBytes
  }

  return async (repository, references) => {
    const lost: ManifestReference[] = []
    for (const step of chunksOf(references, WIDTH)) {
      const answers = await Promise.all(step.map((each) => isLost(repository, each)))
      lost.push(...step.filter((_, index) => answers[index]))
    }
    return lost
  }
}
