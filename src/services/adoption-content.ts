import { createHash } from "node:crypto"
import type { Problem } from "../domain/adoption.ts"
import { digestAlgorithm, digestOf, type Digest } from "../domain/digest.ts"
import { isSchema1 } from "../domain/media-type.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import { readStoredManifest } from "../domain/stored-manifest.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import type { LinkTree } from "../ports/link-tree.ts"
import type { AdoptedBlob, AdoptedManifest, AdoptionRecords } from "../ports/metadata/adoption.ts"
import type { SurveyedLink } from "./adoption-survey.ts"

export interface Found<Item> {
  /** Absent where there is nothing to take over. */
  item?: Item
  problems: Problem[]
}

/** What links stand for: reads manifests and looks at blobs, and tells what is wrong with them. */
export interface AdoptionContent {
  readManifest(repository: RepositoryName, link: SurveyedLink): Promise<Found<AdoptedManifest>>
  /** After the manifests of the repository: they say how large the blob should be. */
  readBlob(repository: RepositoryName, digest: Digest): Promise<Found<AdoptedBlob>>
}

interface Dependencies {
  links: Pick<LinkTree, "describe">
  store: Pick<BlobStore, "findSize" | "read" | "verify">
  records: Pick<AdoptionRecords, "listSizes">
  limits: ContentLimits
}

export interface ContentLimits {
  manifestBytes: number
  manifestReferences: number
}

export function createAdoptionContent({ links, store, records, limits }: Dependencies): AdoptionContent {
  const keyOf = (digest: Digest) => ({ digest, generation: 0 })

  async function readManifest(path: string, { digest, changedAt }: SurveyedLink): Promise<Found<AdoptedManifest>> {
    const bytes = await store.read(keyOf(digest), limits.manifestBytes)
    if (bytes === undefined) {
      const sizeBytes = await store.findSize(keyOf(digest))
      if (sizeBytes === undefined) return { problems: [{ kind: "manifest-missing", path }] }
      return { problems: [{ kind: "manifest-too-large", path, detail: `${sizeBytes} bytes` }] }
    }
    const algorithm = digestAlgorithm(digest)
    if (digestOf(algorithm, createHash(algorithm).update(bytes).digest("hex")) !== digest) {
      return { problems: [{ kind: "manifest-damaged", path, detail: `${bytes.length} bytes` }] }
    }
    const manifest = readStoredManifest(bytes, limits.manifestReferences)
    if (manifest === undefined) return { problems: [{ kind: "manifest-unknown", path }] }
    const { refusal, ...content } = manifest
    const problems: Problem[] = []
    if (refusal !== undefined) problems.push({ kind: "manifest-odd", path, detail: refusal })
    if (isSchema1(content.mediaType)) problems.push({ kind: "manifest-schema1", path })
    return { item: { ...content, digest, sizeBytes: bytes.length, bytes, changedAt }, problems }
  }

  async function readBlob(path: string, digest: Digest, expected: number[]): Promise<Found<AdoptedBlob>> {
    const sizeBytes = await store.findSize(keyOf(digest))
    if (sizeBytes === undefined) {
      return { problems: [{ kind: expected.length > 0 ? "blob-missing" : "link-dangling", path }] }
    }
    const other = expected.find((each) => each !== sizeBytes)
    if (other === undefined) return { item: { digest, sizeBytes, isDamaged: false }, problems: [] }
    const detail = `${sizeBytes} bytes, and a manifest says ${other}`
    // A manifest may say what it likes: only the bytes tell whether the blob is damaged.
    if ((await store.verify(keyOf(digest))) === true) {
      return { item: { digest, sizeBytes, isDamaged: false }, problems: [{ kind: "size-odd", path, detail }] }
    }
    return { item: { digest, sizeBytes: other, isDamaged: true }, problems: [{ kind: "blob-damaged", path, detail }] }
  }

  return {
    readManifest: (repository, link) => {
      const path = links.describe(repository, { kind: "manifest", name: link.digest })
      return readManifest(path, link).catch(toUnreadable(path))
    },
    readBlob: async (repository, digest) => {
      const path = links.describe(repository, { kind: "blob", name: digest })
      const expected = await records.listSizes(repository, digest)
      return readBlob(path, digest, expected).catch(toUnreadable(path))
    },
  }
}

/** What the storage refuses is left out, and the rest goes on. */
function toUnreadable(path: string): (error: unknown) => { problems: Problem[] } {
  return (error) => {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    const detail = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause)
    return { problems: [{ kind: "unreadable", path, detail }] }
  }
}
