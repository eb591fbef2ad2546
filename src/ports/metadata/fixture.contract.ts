import { createHash } from "node:crypto"
import { digestOf, type Digest } from "../../domain/digest.ts"
import type { ManifestReference, ReferenceKind } from "../../domain/manifest.ts"
import { OCI_MANIFEST } from "../../domain/media-type.ts"
import type { Page, PageRequest } from "../../domain/page.ts"
import { parseRepositoryName, type RepositoryName } from "../../domain/repository-name.ts"
import { parseTag, type Tag } from "../../domain/tag.ts"
import type { Clock } from "../clock.ts"
import type { ManifestPut } from "./manifests.ts"
import type { Metadata } from "./metadata.ts"
import type { UploadRecord } from "./uploads.ts"

export type OpenMetadata = (clock: Clock) => Promise<Metadata>

/** A clock that stands still until the test moves it. */
export function createManualClock(start = 1_000_000_000_000): Clock & { advance(ms: number): void } {
  let now = start
  return {
    now: () => now,
    advance(ms) {
      now += ms
    },
  }
}

let created = 0

/** A repository that no other test uses. */
export function newRepository(): RepositoryName {
  return parseRepositoryName(`contract/r${++created}`)
}

/** A digest that no other test uses. */
export function newDigest(): Digest {
  return digestFrom(`content ${++created}`)
}

function digestFrom(content: string): Digest {
  return digestOf("sha256", createHash("sha256").update(content).digest("hex"))
}

export function tagsOf(...names: string[]): Tag[] {
  return names.map(parseTag)
}

/** A manifest of a new digest that refers to nothing. */
export function newManifest(repository: RepositoryName, changes: Partial<ManifestPut> = {}): ManifestPut {
  const bytes = new TextEncoder().encode(`{"n":${++created}}`)
  return {
    repository,
    digest: digestOf("sha256", createHash("sha256").update(bytes).digest("hex")),
    mediaType: OCI_MANIFEST,
    sizeBytes: bytes.length,
    bytes,
    references: [],
    tags: [],
    checksReferences: true,
    actor: "alice",
    ...changes,
  }
}

export function referenceTo(digest: Digest, kind: ReferenceKind = "layer", isRequired = true): ManifestReference {
  return { kind, digest, sizeBytes: 10, isRequired }
}

/** Puts a new blob into the repository. */
export async function putBlob(metadata: Metadata, repository: RepositoryName): Promise<Digest> {
  const digest = newDigest()
  await metadata.blobs.put({ digest, generation: 0, sizeBytes: 10 }, { repository })
  return digest
}

/** Puts a manifest of a new layer. */
export async function putImage(
  metadata: Metadata,
  repository: RepositoryName,
  changes: Partial<ManifestPut> = {},
): Promise<ManifestPut> {
  const references = [referenceTo(await putBlob(metadata, repository))]
  const manifest = newManifest(repository, { references, ...changes })
  await metadata.manifests.put(manifest)
  return manifest
}

export function newUpload(repository: RepositoryName, changes: Partial<UploadRecord> = {}): UploadRecord {
  return {
    id: `upload-${++created}`,
    repository,
    owner: "alice",
    quotaKey: `quota-${created}`,
    algorithm: "sha256",
    offset: 0,
    ...changes,
  }
}

/** All entries, page after page; `between` runs before each page but the first. */
export async function readPages<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  { limit, keyOf, between }: { limit: number; keyOf: (item: T) => string; between?: () => Promise<void> },
): Promise<T[]> {
  const all: T[] = []
  for (;;) {
    const last = all.at(-1)
    const { items, hasMore } = await list({ limit, ...(last !== undefined && { last: keyOf(last) }) })
    all.push(...items)
    if (!hasMore) return all
    await between?.()
  }
}
